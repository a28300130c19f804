//! `imgctl repl`: a console for scripts.

use std::sync::Arc;

use clap::Args;

use super::setup::Session;
use crate::script::Arguments;
use crate::script::program::{Program, TOOLS};
use crate::script::repl::alone::{self, At};
use crate::script::shipped::Source;
use crate::{Error, Result};

/// Type lines of a script, and see the value of each.
///
/// `host` is the instance of this project, once there is one. `let`, `fn` and `import` stay from line to line; Tab
/// completes, `:help NAME` shows a function, Ctrl-C ends what runs, Ctrl-D leaves. Without a terminal, lines are read
/// from standard input until one fails. docs/repl.md describes it.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl repl
  imgctl repl --host admin@10.0.0.7
  imgctl repl --instance verify
  echo 'host.os' | imgctl repl")]
pub struct Options {
    /// In place of the instance: a machine of `hosts:` in config.yaml, or an address as `ssh::connect` takes it.
    #[arg(long, value_name = "NAME|ADDRESS", conflicts_with = "instance")]
    pub host: Option<String>,

    /// Which instance: `build`, or `verify` of verify_image.
    #[arg(long, value_name = "ROLE", default_value = "build")]
    pub instance: String,
}

pub fn repl(session: &Session, options: &Options) -> Result<u8> {
    let run = &session.run;
    if run.options.from.is_some() {
        return Err(Error::usage(
            "`--from` needs a task or a script file: steps of other code are not recorded",
        ));
    }
    let at = match &options.host {
        Some(name) => At::Named(name.clone()),
        None => At::Role(options.instance.clone()),
    };
    let result = open(session, &at);
    if run.options.dry_run {
        run.ui.plan(&run.plans.counted());
    }
    result?;
    let status = run.exit_status().unwrap_or(0);
    Ok(u8::try_from(status).unwrap_or(1))
}

/// Opens the console, and returns when it is left.
pub fn open(session: &Session, at: &At) -> Result<()> {
    let run = &session.run;
    let source = Source { name: "repl".to_owned(), text: String::new(), path: None };
    let trees = Arc::default();
    let program = Program::compile(run, &trees, "repl", source, Arguments::default(), false)?;
    run.store.tell("repl");
    alone::open(program.script(), TOOLS, at)
}
