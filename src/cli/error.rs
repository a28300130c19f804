//! Errors of the command line itself, and how they end the process.

use std::process::ExitCode;

use clap::CommandFactory;

use super::arguments::{Cli, Command};
use crate::Error;

/// Shows what clap refused; help and version are no errors.
pub fn refuse(refusal: &clap::Error) -> ExitCode {
    // Nothing is left to tell anyone when even this cannot be written.
    let _ = refusal.print();
    ExitCode::from(if refusal.use_stderr() { 2 } else { 0 })
}

/// A command's name where a task's is wanted.
pub fn command_as_task(name: &str) -> Option<Error> {
    Cli::command().find_subcommand(name)?;
    let error = Error::usage(format!("`{name}` is a command, not a task"));
    Some(error.hint(format!("run it by itself: `imgctl {name}`")))
}

/// A command's name stands behind tasks.
pub fn command_among_tasks(command: &Command, word: &str) -> Error {
    let name = match command {
        Command::Run(_) => "run",
        Command::List => "list",
        Command::Check(_) => "check",
        Command::Api(_) => "api",
        Command::Init(_) => "init",
        Command::Gc(_) => "gc",
        Command::Completions(_) => "completions",
    };
    Error::usage(format!("`{name}` is a command, not a task, and cannot follow `{word}`"))
        .hint(format!("run it by itself: `imgctl {name}`"))
}
