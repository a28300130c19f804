//! The command line: parse, run, print the error, exit.

mod api;
mod arguments;
mod backends;
mod chain;
mod check;
mod completions;
mod error;
mod gc;
mod global;
mod init;
mod list;
mod on_error;
mod run;
mod settings;
mod setup;
mod signals;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use tokio_util::sync::CancellationToken;

use crate::Result;
use crate::ui::Ui;
use arguments::{Cli, Command};
use setup::Session;

/// The program: called by `main`.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(settings::before_command(std::env::args_os())) {
        Ok(cli) => cli,
        Err(refusal) => return error::refuse(&refusal),
    };
    let cancel = CancellationToken::new();
    let ui = setup::ui(&cli.global, cancel.clone());
    match dispatch(cli, &ui, cancel).and_then(|code| ui.finish().map(|()| code)) {
        Ok(code) => code,
        Err(failure) => {
            ui.error(&failure);
            ExitCode::from(failure.code().exit_code())
        }
    }
}

fn dispatch(cli: Cli, ui: &Arc<Ui>, cancel: CancellationToken) -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    if let (Some(command), Some(word)) = (&cli.command, cli.words.first()) {
        return Err(error::command_among_tasks(command, word));
    }
    let open = || Session::open(&cli.global, ui, cancel);
    match cli.command {
        Some(Command::Init(options)) => init::init(&cli.global, ui, &options).map(done),
        Some(Command::Completions(options)) => {
            completions::completions(ui, &options, Cli::command());
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Api(options)) => api::api(ui, &options).map(done),
        Some(Command::List) => list::list(&cli.global, ui).map(done),
        Some(Command::Check(options)) => {
            check::check(&open()?, &options, &Cli::command()).map(done)
        }
        Some(Command::Gc(options)) => gc::gc(&open()?, &options).map(done),
        Some(Command::Run(options)) => run::run(&open()?, &options),
        None => chain::run(&open()?, &cli.words),
    }
}
