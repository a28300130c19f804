//! Errors of the command line itself.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::arguments::{Cli, Command};
use crate::error::nearest;
use crate::script::shipped::Shelf;
use crate::ui::{self, Ui};
use crate::{Code, Error};

/// Shows clap's error, help or version; returns the exit code. `meant` says it better. With `json` an error is an event.
pub fn refuse(refusal: &clap::Error, meant: Option<Error>, options: ui::Options) -> ExitCode {
    let is_not_text = refusal.kind() == ErrorKind::InvalidUtf8;
    if meant.is_some() || options.json && refusal.use_stderr() {
        let ui = Ui::new(options);
        let said = || if is_not_text { not_text() } else { in_words(refusal) };
        let error = meant.unwrap_or_else(said);
        let code = error.code().exit_code();
        ui.begin();
        ui.error(&error);
        ui.end(code);
        return ExitCode::from(code);
    }
    if is_not_text {
        let _ = Cli::command().error(ErrorKind::InvalidUtf8, not_text().message()).print();
        return ExitCode::from(2);
    }
    match refusal.print() {
        // A failure to write an error cannot be reported.
        _ if refusal.use_stderr() => ExitCode::from(2),
        // Whoever reads the first lines only has what they wanted.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let error = Error::new(Code::Io, "cannot write to standard output").cause(error);
            Ui::new(ui::Options::default()).error(&error);
            ExitCode::from(error.code().exit_code())
        }
        _ => ExitCode::SUCCESS,
    }
}

/// The arguments that are no text.
fn not_text() -> Error {
    let given = std::env::args_os().filter(|argument| argument.to_str().is_none());
    let given: Vec<_> = given.map(|argument| format!("`{}`", argument.to_string_lossy())).collect();
    Error::usage(format!("not UTF-8 text: {}", given.join(", ")))
}

/// What clap says, as an error of ours: its first paragraph is what is wrong, its tip or the usage the cure.
fn in_words(refusal: &clap::Error) -> Error {
    let text = refusal.render().to_string();
    let paragraphs: Vec<&str> = text.split("\n\n").map(str::trim).collect();
    let said = paragraphs.first().copied().unwrap_or_default();
    let begins = |word: &str| paragraphs.iter().find_map(|it| it.strip_prefix(word)).map(str::trim);
    let usage = || begins("Usage:").map(|usage| format!("usage: {usage}"));
    let hint = begins("tip:").map(str::to_owned).or_else(usage);
    // In place of an error it has a page then, which begins with what the command does.
    let is_page = refusal.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let said = if is_page { "more is needed behind this command" } else { said };
    let error = Error::usage(said.strip_prefix("error:").unwrap_or(said).trim());
    match hint {
        Some(hint) => error.hint(hint),
        None => error.hint("`imgctl --help` shows the options"),
    }
}

/// The error for the name of a command in place of a task.
pub fn command_as_task(name: &str) -> Option<Error> {
    Cli::command().find_subcommand(name)?;
    let error = Error::usage(format!("`{name}` is a command, not a task"));
    Some(error.hint(format!("run it by itself: `imgctl {name}`")))
}

/// The error for a name that is nearer to a command than to any task.
pub fn nearest_command(project: &Path, name: &str) -> Option<Error> {
    let shape = Cli::command();
    let commands: Vec<&str> = shape.get_subcommands().map(clap::Command::get_name).collect();
    let tasks = Shelf::Scripts.names(project).unwrap_or_default();
    let near = nearest(name, tasks.iter().map(String::as_str).chain(commands.iter().copied()))?;
    let is_command = commands.contains(&near);
    is_command.then(|| {
        Error::usage(format!("there is no task or command `{name}`"))
            .hint(format!("did you mean `{near}`? `imgctl --help` lists the commands"))
    })
}

/// The error for `help` after a task.
pub fn help_behind(word: &str) -> Error {
    Error::usage(format!("`help` behind `{word}` would not show, but run it"))
        .hint(format!("write `imgctl help {word}`"))
}

/// The error for a command after tasks.
pub fn command_among_tasks(command: &Command, word: &str) -> Error {
    let name = match command {
        Command::Help(_) => return help_behind(word),
        Command::Run(_) => "run",
        Command::Repl(_) => "repl",
        Command::List => "list",
        Command::Check(_) => "check",
        #[cfg(feature = "fake")]
        Command::Test(_) => "test",
        Command::Api(_) => "api",
        Command::Lsp(_) => "lsp",
        Command::Init(_) => "init",
        Command::Gc(_) => "gc",
        Command::Matrix(_) => "matrix",
        Command::DiffScripts(_) => "diff-scripts",
        Command::Completions(_) => "completions",
        Command::Man(_) => "man",
    };
    Error::usage(format!("`{name}` is a command, not a task, and cannot follow `{word}`"))
        .hint(format!("run it by itself: `imgctl {name}`"))
}
