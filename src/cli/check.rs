//! `imgctl check`: finds mistakes in scripts and configuration, without running anything.

use std::path::Path;

use clap::Args;

use super::global::SETTINGS;
use super::setup::Session;
use crate::report::{Level, Report};
use crate::run::Run;
use crate::script::program::Program;
use crate::script::shipped::{Shelf, Source, read};
use crate::script::{Arguments, Task};
use crate::{Code, Error, Result};

/// Check scripts and configuration without running anything.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl check
  imgctl check scripts/bootstrap.rhai")]
pub struct Options {
    /// Script files [default: every task and library module of this project].
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
}

/// `commands` is the shape of the command line: no task may take the name of a command.
pub fn check(session: &Session, options: &Options, commands: &clap::Command) -> Result<()> {
    let run = &session.run;
    let sources = sources(run, &options.files)?;
    let mut failures = 0;
    for source in &sources {
        let arguments = Arguments::default();
        let compiled = Program::compile(run, &source.name, source.clone(), arguments, false);
        if let Err(error) = compiled {
            failures += 1;
            run.ui.error(&error);
        }
    }
    if options.files.is_empty() {
        for error in unreachable_tasks(&run.options.project, commands)? {
            failures += 1;
            run.ui.error(&error);
        }
    }
    run.selection()?;
    if failures > 0 {
        let message = format!("{failures} of {} scripts have errors", sources.len());
        return Err(Error::new(Code::Script, message));
    }
    run.ui
        .log(Level::Success, &format!("{} scripts and the configuration are valid", sources.len()));
    Ok(())
}

/// Tasks that no word can call, because a command or setting has the same name.
fn unreachable_tasks(project: &Path, commands: &clap::Command) -> Result<Vec<Error>> {
    let is_taken =
        |name: &str| commands.find_subcommand(name).is_some() || SETTINGS.contains(&name);
    let taken = Task::all(project)?.into_iter().filter(|task| is_taken(&task.name));
    let error = |task: Task| {
        let message =
            format!("{}: `{}` is the name of a command or setting", task.source.name, task.name);
        Error::new(Code::Script, message).hint("rename the file")
    };
    Ok(taken.map(error).collect())
}

fn sources(run: &Run, files: &[String]) -> Result<Vec<Source>> {
    if !files.is_empty() {
        return files.iter().map(|file| read(Path::new(file), file.clone())).collect();
    }
    let project = &run.options.project;
    let tasks = Task::all(project)?.into_iter().map(|task| task.source);
    let modules = Shelf::Stdlib.names(project)?;
    let modules = modules.iter().map(|name| Shelf::Stdlib.find(project, name));
    let modules: Vec<Option<Source>> = modules.collect::<Result<_>>()?;
    Ok(tasks.chain(modules.into_iter().flatten()).collect())
}
