//! `imgctl run`: a script file, code from the command line, or standard input.

use std::cell::Cell;
use std::io::Read;
use std::path::Path;

use clap::Args;

use super::check::brief;
use super::on_error::{Outcome, failed};
use super::setup::Session;
use crate::read::{MOST, Stdin, utf8, whole};
use crate::run::{Run, progress};
use crate::script::check::Diagnostic;
use crate::script::shipped::{Source, read, without_head};
use crate::script::{Arguments, Task, runner};
use crate::{Code, Error, Result};

/// Run a script, without compiling anything.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl run scripts/bootstrap.rhai
  imgctl run check-agents.rhai 10.0.0.7 10.0.0.8 user=ci
  imgctl run -e 'print(ssh::connect(\"admin@10.0.0.7\").query(\"uptime\"))'
  generate-script | imgctl run -

A file whose first line is `#!/usr/bin/env -S imgctl run` can be made executable and called by its name.")]
pub struct Options {
    /// Run this code instead of a file.
    #[arg(short, value_name = "CODE", allow_hyphen_values = true)]
    pub expression: Option<String>,

    /// The script file (`-` for standard input), then its arguments: text or `key=value`; after
    /// `--` they may begin with a dash.
    #[arg(value_name = "FILE|ARGUMENT")]
    pub words: Vec<String>,
}

pub fn run(session: &Session, options: &Options) -> Result<u8> {
    let run = &session.run;
    let (source, words, records_steps) = source(run, options)?;
    let arguments = Arguments::from_words(words)?;
    if !records_steps && run.options.from.is_some() {
        return Err(Error::usage(
            "`--from` needs a script file: steps of other code are not recorded",
        ));
    }
    let name = journal_name(&source, &run.options.project);
    // It may have been corrected meanwhile.
    let again = || match &source.path {
        Some(path) => read(path, source.name.clone()),
        None => Ok(source.clone()),
    };
    // What is repeated is not told again; a line that was typed here and now is seen as it is.
    let is_told = Cell::new(options.expression.is_some());
    let tell = |warnings: &[Diagnostic]| {
        if !is_told.replace(true) {
            let file = source.path.as_ref().map(|_| source.name.as_str()).unwrap_or("FILE");
            brief(&run.ui, warnings, &format!("imgctl check {file}"));
        }
    };
    let work =
        |source| runner::run_source(run, &name, source, arguments.clone(), records_steps, &tell);
    // A breakpoint asks for it, too.
    let whole = |mut result: Result<_>| {
        while result.is_err() && run.takes_again() {
            result = again().and_then(work);
        }
        result
    };
    let mut result = whole(work(source.clone()));
    if run.options.dry_run {
        run.tell_plan(result.as_ref().err().is_none_or(|failure| run.ends_dry_run(failure)));
    }
    let value = loop {
        let failure = match result {
            Ok(value) => break value,
            Err(failure) if run.ends_dry_run(&failure) => return Ok(0),
            Err(failure) => failure,
        };
        match failed(session, &name, failure, true) {
            Outcome::Failed(failure) => return Err(failure),
            Outcome::Again => {
                progress::again(run);
                result = whole(again().and_then(work));
            }
        }
    };
    // The value of an expression is its result; a script prints its results itself.
    if let Some(value) = value.filter(|_| options.expression.is_some()) {
        run.ui.print(&value);
    }
    let status = run.exit_status().unwrap_or(0);
    Ok(u8::try_from(status).unwrap_or(1))
}

/// The name under which steps are recorded: a task's file has the task's name, any other file its path.
fn journal_name(source: &Source, project: &Path) -> String {
    let Some(path) = &source.path else { return source.name.clone() };
    let folder = project.join("scripts");
    let inside = path.strip_prefix(folder.canonicalize().unwrap_or(folder)).ok();
    let task = inside.filter(|inside| inside.components().count() == 1);
    match task {
        Some(file) => file.with_extension("").display().to_string(),
        None => source.name.clone(),
    }
}

/// The code to run, its arguments, and whether its steps are recorded.
fn source<'o>(run: &Run, options: &'o Options) -> Result<(Source, &'o [String], bool)> {
    let watch = &run.watch;
    let code = |name: &str, text: String| Source { name: name.to_string(), text, path: None };
    if let Some(text) = &options.expression {
        return Ok((code("-e", text.clone()), &options.words, false));
    }
    let Some((file, words)) = options.words.split_first() else {
        return Err(Error::usage("`imgctl run` needs a script")
            .hint("pass a script file, `-e CODE`, or `-` for standard input"));
    };
    if file == "-" {
        let failed = |error: std::io::Error| match watch.check() {
            Ok(()) => Error::failed("cannot read the script from standard input").cause(error),
            Err(interrupted) => interrupted,
        };
        let mut bytes = Vec::new();
        let input = Stdin { cancelled: || watch.cancel.is_cancelled() };
        input.take(MOST + 1).read_to_end(&mut bytes).map_err(failed)?;
        let text = whole(bytes, MOST).and_then(utf8).map_err(failed)?;
        return Ok((code("stdin", without_head(text)), words, false));
    }
    let path = Path::new(file).canonicalize().unwrap_or_else(|_| Path::new(file).to_path_buf());
    let source = read(&path, file.clone()).map_err(|error| {
        if error.code() == Code::Interrupted {
            return error;
        }
        let hint = match Task::find(&run.options.project, file) {
            Ok(task) => format!("it is a task: `imgctl {}` runs it", task.name),
            Err(_) => "pass the path of a script file; `imgctl list` shows the tasks".to_owned(),
        };
        error.with_code(Code::Usage).hint(hint)
    })?;
    Ok((source, words, true))
}
