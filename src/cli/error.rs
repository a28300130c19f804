//! Errors of the command line itself.

use std::process::ExitCode;

use clap::CommandFactory;

use super::arguments::{Cli, Command};
use crate::Error;

/// Shows clap's error, help or version; returns the exit code.
pub fn refuse(refusal: &clap::Error) -> ExitCode {
    let not_text = |refusal: &clap::Error| refusal.kind() == clap::error::ErrorKind::InvalidUtf8;
    if not_text(refusal) {
        let given = std::env::args_os().filter(|argument| argument.to_str().is_none());
        let given: Vec<_> =
            given.map(|argument| format!("`{}`", argument.to_string_lossy())).collect();
        let message = format!("not UTF-8 text: {}", given.join(", "));
        let _ = Cli::command().error(clap::error::ErrorKind::InvalidUtf8, message).print();
        return ExitCode::from(2);
    }
    // A failure to write cannot be reported.
    let _ = refusal.print();
    ExitCode::from(if refusal.use_stderr() { 2 } else { 0 })
}

/// The error for the name of a command in place of a task.
pub fn command_as_task(name: &str) -> Option<Error> {
    Cli::command().find_subcommand(name)?;
    let error = Error::usage(format!("`{name}` is a command, not a task"));
    Some(error.hint(format!("run it by itself: `imgctl {name}`")))
}

/// The error for a command after tasks.
pub fn command_among_tasks(command: &Command, word: &str) -> Error {
    let name = match command {
        Command::Help(_) => {
            return Error::usage(format!("`help` behind `{word}` would not show, but run it"))
                .hint(format!("write `imgctl help {word}`"));
        }
        Command::Run(_) => "run",
        Command::List => "list",
        Command::Check(_) => "check",
        #[cfg(feature = "fake")]
        Command::Test(_) => "test",
        Command::Api(_) => "api",
        Command::Init(_) => "init",
        Command::Gc(_) => "gc",
        Command::Matrix(_) => "matrix",
        Command::DiffScripts(_) => "diff-scripts",
        Command::Completions(_) => "completions",
    };
    Error::usage(format!("`{name}` is a command, not a task, and cannot follow `{word}`"))
        .hint(format!("run it by itself: `imgctl {name}`"))
}
