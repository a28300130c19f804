//! The command line: parse, run, print the error, exit.

mod api;
mod arguments;
mod ask;
mod backends;
mod chain;
mod check;
mod check_files;
mod collecting;
mod complete;
mod completions;
mod engine;
mod environment;
mod error;
mod gc;
mod global;
mod help;
mod image_settings;
mod init;
mod list;
mod log;
mod lsp;
mod man;
mod matrix;
mod meant;
mod on_error;
mod order;
mod otherwise;
mod pages;
mod panics;
mod pipeline;
mod plan;
#[cfg(feature = "fake")]
mod planned;
mod repl;
mod reports;
mod run;
mod settings;
mod setup;
mod several;
mod signals;
#[cfg(feature = "fake")]
mod test;
mod trust;
mod variables;
mod walk;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{ColorChoice, CommandFactory, FromArgMatches};
use tokio_util::sync::CancellationToken;

use crate::report::{Level, Report};
use crate::ssh::process_tree;
use crate::ui::reports::Reports;
use crate::ui::{self, Ui};
use crate::{Error, Result};
use arguments::{Cli, Command};
use order::Order;
use panics::Panics;
use setup::Session;

/// The program: called by `main`.
#[must_use]
pub fn main() -> ExitCode {
    if complete::answered(std::env::args_os().skip(1)) {
        return ExitCode::SUCCESS;
    }
    leave_no_core();
    environment::without_empty_variables();
    let mut order = order::sort(std::env::args_os().skip(1));
    help::about_words(&mut order);
    let added = variables::add(&mut order);
    let mut cli = match read(&order) {
        Ok(cli) => cli,
        Err(refusal) => {
            let meant = meant::option(&refusal, &order);
            let json = order.has_value("output", "json");
            let options = ui::Options { json, color: color(&order), ..ui::Options::default() };
            return error::refuse(&refusal, meant, options);
        }
    };
    if matches!(cli.command, Some(Command::Lsp(_))) {
        // There, standard output belongs to the protocol.
        cli.global.output = global::OutputFormat::Human;
    }
    let cancel = CancellationToken::new();
    let prepared = added.and_then(|()| Ok((reports::prepare(&cli)?, log::open(&cli.global)?)));
    let (reports, log, refused) = match prepared {
        Ok((reports, log)) => (reports, log, None),
        Err(refusal) => (Reports::default(), None, Some(refusal)),
    };
    let ui = setup::ui(&cli.global, reports.is_any(), log.clone(), cancel.clone());
    let words = match &cli.command {
        Some(Command::Run(options)) => &options.words,
        _ => &cli.words,
    };
    setup::tell_typed_secrets(&cli.global, words, &ui);
    ui.begin();
    let panics = Panics::note();
    let done = match refused {
        Some(refusal) => Err(refusal),
        None => panics.caught(|| on_large_stack(|| dispatch(cli, &ui, cancel))),
    };
    let places = panics.take();
    let code = match done.and_then(|code| ui.finish().map(|()| code)) {
        Ok(code) => {
            // Such as a thread of a connection, of which nothing was needed any more.
            for place in places {
                ui.log(Level::Warning, &format!("a part of imgctl has failed at {place}"));
            }
            code
        }
        Err(failure) => {
            let at = |failure: Error, place| failure.cause(format!("at {place}"));
            let failure = places.into_iter().fold(failure, at);
            ui.error(&failure);
            failure.code().exit_code()
        }
    };
    if let Some(failure) = log.and_then(|log| log.failure()) {
        ui.log(Level::Warning, &failure);
    }
    // Such as a program that a library was waiting for, and gave up.
    process_tree::end_all();
    let code = reports::write(&reports, &ui, code);
    ui.end(code);
    ExitCode::from(code)
}

/// A crash leaves no copy of the memory, in which secrets are. Programs that are started may ask for one again.
fn leave_no_core() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    // Where it may not be set, the limit that is there holds.
    let _ = setrlimit(Resource::Core, limit);
}

/// Whether colours are asked for, before the arguments are understood.
fn color(order: &Order) -> Option<bool> {
    let known = [("always", true), ("never", false)];
    known.into_iter().find(|(name, _)| order.has_value("color", name)).map(|(_, color)| color)
}

/// Reads the arguments; clap's own pages and errors have the colours that are asked for.
fn read(order: &Order) -> Result<Cli, clap::Error> {
    let color = match color(order) {
        Some(true) => ColorChoice::Always,
        Some(false) => ColorChoice::Never,
        None => ColorChoice::Auto,
    };
    let matches = Cli::command().color(color).try_get_matches_from(order.joined())?;
    Cli::from_arg_matches(&matches)
}

/// Values of scripts may be nested as deep as a script has time to make them; the system's usual stack
/// ends at a few thousand levels. Only what is used of it takes memory.
const STACK: usize = 512 << 20;

/// Does the work on a thread with a large stack, or on this one where there is no room for it.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let work = std::sync::Mutex::new(Some(work));
    let take = || work.lock().ok().and_then(|mut work| work.take());
    let done = std::thread::scope(|scope| {
        let run = || take().map(|work| work());
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).ok()?;
        match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    match done.or_else(|| take().map(|work| work())) {
        Some(done) => done,
        None => unreachable!("the work was done, or is done now"),
    }
}

fn dispatch(mut cli: Cli, ui: &Arc<Ui>, cancel: CancellationToken) -> Result<u8> {
    let done = |()| 0;
    if let (Some(command), Some(word)) = (&cli.command, cli.words.first()) {
        return Err(error::command_among_tasks(command, word));
    }
    if cli.steps {
        chain::ask_for_steps(&mut cli.words)?;
    }
    if let Some(Command::Init(options)) = &cli.command {
        let config = init::init(&cli.global, ui, options)?;
        let Some(ci) = options.ci else { return Ok(0) };
        // The pipeline finds config.yaml where it is checked out.
        let named = std::mem::replace(&mut cli.global.config, vec![config]);
        let session = Session::open(&cli.global, ui, cancel)?;
        cli.global.config = named;
        return pipeline::pipeline(&session, &cli.global, ci).map(done);
    }
    let open = || Session::open(&cli.global, ui, cancel);
    match cli.command {
        Some(Command::Help(options)) => help::help(&cli.global, ui, &options.words, open).map(done),
        Some(Command::Init(_)) => Ok(0),
        Some(Command::DiffScripts(options)) => {
            init::diff_scripts(&cli.global, ui, &options).map(done)
        }
        Some(Command::Completions(options)) => {
            completions::completions(ui, &options, Cli::command());
            Ok(0)
        }
        Some(Command::Man(options)) => {
            man::man(ui, &options, Cli::command(), cli.global.dry_run).map(done)
        }
        Some(Command::Api(options)) => api::api(ui, &options).map(done),
        Some(Command::Lsp(_)) => lsp::lsp(ui),
        Some(Command::List) => list::list(&cli.global, ui).map(done),
        Some(Command::Check(options)) => {
            check::check(&cli.global, open, ui, &options, &Cli::command()).map(done)
        }
        Some(Command::Gc(options)) => gc::gc(&open()?, &options).map(done),
        #[cfg(feature = "fake")]
        Some(Command::Test(options)) => test::test(&open()?, &options),
        Some(Command::Run(options)) => run::run(&open()?, &options),
        Some(Command::Repl(options)) => repl::repl(&open()?, &options),
        Some(Command::Matrix(collecting::Matrix::Collect(options))) => {
            matrix::collect::collect(&open()?, &options)
        }
        None if cli.is_bare() => help::overview(&cli.global, ui, open).map(done),
        None => {
            let session = open()?;
            let wanted = matrix::wanted(&session.run, &cli.global, &cli.several, &cli.words)?;
            match (wanted, cli.several.plan) {
                (Some(wanted), Some(engine)) => {
                    plan::show(&session, engine, &wanted, &cli.several, &cli.global)
                }
                (Some(wanted), None) => matrix::run(&session, &wanted, &cli.several, &cli.global),
                (None, _) if chain::only_settings(&session, &cli.words)? => {
                    help::of_session(&session, &cli.global).map(done)
                }
                (None, _) => chain::run(&session, &cli.words),
            }
        }
    }
}
