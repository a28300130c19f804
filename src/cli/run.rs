//! `imgctl run`: a script file, code from the command line, or standard input.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::setup::Session;
use crate::script::shipped::{Shelf, Source, read};
use crate::script::{Arguments, Task, runner};
use crate::{Code, Error, Result};

/// Run a script, without compiling anything.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl run scripts/bootstrap.rhai
  imgctl run check-agents.rhai 10.0.0.7 10.0.0.8 user=ci
  imgctl run -e 'print(ssh::connect(\"admin@10.0.0.7\").query(\"uptime\"))'
  generate-script | imgctl run -")]
pub struct Options {
    /// Run this code instead of a file.
    #[arg(short, value_name = "CODE")]
    pub expression: Option<String>,

    /// The script file (`-` for standard input), then its arguments: text or `key=value`; behind
    /// `--` also such as begin with a dash.
    #[arg(value_name = "FILE|ARGUMENT")]
    pub words: Vec<String>,
}

pub fn run(session: &Session, options: &Options) -> Result<ExitCode> {
    let context = &session.context;
    let (source, words, journaled) = source(options)?;
    let arguments = Arguments::from_words(words)?;
    if !journaled && context.options.from.is_some() {
        return Err(Error::usage("`--from` needs a script file: other code has no journal"));
    }
    if let Some(task) = task(&context.options.project, &source)? {
        // A script file prints what it wants to show.
        drop(runner::run_task(context, &task, arguments)?);
    } else {
        let value = runner::run_source(context, source, arguments, journaled)?;
        // What an expression is worth is its result; a script prints what it wants to show.
        if let Some(value) = value.filter(|_| options.expression.is_some()) {
            context.ui.print(&value);
        }
    }
    let status = context.exit_status().unwrap_or(0);
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}

/// What to run, what is left as arguments, and whether its steps are journaled.
fn source(options: &Options) -> Result<(Source, &[String], bool)> {
    let code = |name: &str, text: String| Source { name: name.to_string(), text, path: None };
    if let Some(text) = &options.expression {
        return Ok((code("-e", text.clone()), &options.words, false));
    }
    let Some((file, words)) = options.words.split_first() else {
        return Err(Error::usage("`imgctl run` was given no script")
            .hint("imgctl run FILE, imgctl run -e CODE, or imgctl run - for standard input"));
    };
    if file == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| {
            Error::failed("cannot read the script from standard input").cause(error)
        })?;
        return Ok((code("stdin", text), words, false));
    }
    let source = read(Path::new(file), file.clone()).map_err(|error| {
        let hint = "`imgctl list` shows the tasks; `imgctl run` takes the path of a script file";
        error.with_code(Code::Usage).hint(hint)
    })?;
    Ok((source, words, true))
}

/// A file of the project's `scripts/` is the task of that name: what the one has done, the other
/// need not do again.
fn task(project: &Path, source: &Source) -> Result<Option<Task>> {
    let Some(path) = source.path.as_deref().and_then(|path| path.canonicalize().ok()) else {
        return Ok(None);
    };
    let scripts = project.join(Shelf::Scripts.folder()).canonicalize().ok();
    match path.file_stem().and_then(|name| name.to_str()) {
        Some(name) if path.parent() == scripts.as_deref() => Task::find(project, name).map(Some),
        _ => Ok(None),
    }
}
