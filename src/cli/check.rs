//! `imgctl check`: finds mistakes in scripts and configuration, without running anything.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::check_files;
use super::global::{Global, OutputFormat, SETTINGS};
use super::image_settings;
use super::setup::{Session, project_folder};
use crate::report::{Level, Report};
use crate::script::Task;
use crate::script::check::{Checker, Diagnostic, lenient};
use crate::script::engine::bare_engine;
use crate::script::shipped::Shelf;
use crate::script::sources::Sources;
use crate::ui::Ui;
use crate::{Code, Error, Result};

/// Check scripts and configuration without running anything.
///
/// All mistakes of all files are shown. Errors would end a run, or do something else than is written;
/// warnings are most likely not meant.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl check
  imgctl check scripts/bootstrap.rhai
  imgctl check scripts tests
  imgctl check --strict --output json")]
pub struct Options {
    /// Script files, and folders of them [default: every task, library module and test of this project].
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,

    /// Warnings count as errors.
    #[arg(long)]
    pub strict: bool,
}

/// `commands` is the shape of the command line: no task may take the name of a command.
pub fn check(
    global: &Global,
    open: impl FnOnce() -> Result<Session>,
    ui: &Ui,
    options: &Options,
    commands: &clap::Command,
) -> Result<()> {
    let project = project_folder(&global.config)?;
    // The scripts are checked all the same.
    let (session, misconfigured) = match open() {
        Ok(session) => (Some(session), None),
        Err(error) if error.code() == Code::Config => (None, Some(error)),
        Err(error) => return Err(error),
    };
    let (sources, mut errors) = check_files::find(&project, &options.files);
    if let Some(session) = &session {
        session.run.watch.check()?;
    }
    let mut engine = bare_engine();
    lenient(&mut engine);
    let config = session.as_ref().map(|session| &session.run.config);
    let mut checker =
        Checker::new(&engine, &project, &Arc::new(Sources::default()), config.map(AsRef::as_ref));
    checker.check(&sources);
    let mut found = checker.finish();
    if options.files.is_empty() {
        let keys = config.into_iter().flat_map(|config| config.hosts_without_key());
        found.extend(keys.map(|(_, error)| Diagnostic::warning("missing_file", &error)));
        Diagnostic::sort(&mut found);
    }
    found.iter().for_each(|it| show(ui, it));
    if options.files.is_empty() {
        errors.extend(unreachable_tasks(&project, commands)?);
        if let Some(config) = config {
            errors.extend(config.mistakes_of_bake(&Shelf::Scripts.names(&project)?)?);
        }
    }
    errors.iter().for_each(|error| ui.error(error));
    if let Some(error) = misconfigured {
        if global.output == OutputFormat::Json {
            show_places(ui, &error);
        }
        return Err(error);
    }
    if let Some(session) = session {
        session.run.selection()?;
        if options.files.is_empty() {
            session.run.check_ci_image_for(&session.run.chosen())?;
            image_settings::check_matrix(&session.run.config)?;
        }
    }
    let counts = |it: &&Diagnostic| it.is_error() || options.strict;
    let wrong: Vec<&Diagnostic> = found.iter().filter(counts).collect();
    let count = wrong.len() + errors.len();
    if count > 0 {
        let files: BTreeSet<&str> = wrong.iter().map(|it| it.place.file.as_str()).collect();
        let files = files.len() + errors.len();
        let all = plural(sources.len() + errors.len(), "file");
        let message = format!("{} in {files} of {all}", plural(count, "mistake"));
        return Err(Error::new(Code::Script, message));
    }
    let warnings = match found.len() {
        0 => String::new(),
        count => format!(", with {}", plural(count, "warning")),
    };
    let scripts = plural(sources.len(), "script");
    let message = format!("{scripts} and the configuration are valid{warnings}");
    ui.log(Level::Success, &message);
    Ok(())
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn show(ui: &Ui, it: &Diagnostic) {
    ui.diagnostic(it.severity.name(), it.code, &it.message, &it.place, it.hint.as_deref());
}

/// The mistakes of config.yaml for programs; people see their places in the error itself.
fn show_places(ui: &Ui, error: &Error) {
    let code = error.code().name();
    for it in error.findings() {
        ui.diagnostic("error", code, &it.message, &it.place, None);
    }
    if let ([], Some(place)) = (error.findings(), error.place()) {
        ui.diagnostic("error", code, error.message(), place, error.hint_text());
    }
}

/// Before something runs, warnings get a line each, and no more than a few; `command` shows all of them.
pub fn brief(ui: &Ui, warnings: &[Diagnostic], command: &str) {
    const MOST: usize = 3;
    for it in warnings.iter().take(MOST) {
        ui.log(Level::Warning, &format!("{}: {}", it.place, it.message));
    }
    if let Some(more) = warnings.len().checked_sub(MOST).filter(|more| *more > 0) {
        ui.log(Level::Warning, &format!("{more} more: `{command}` shows them"));
    }
}

/// Tasks that no word can call, because a command or setting has the same name.
fn unreachable_tasks(project: &Path, commands: &clap::Command) -> Result<Vec<Error>> {
    let is_taken =
        |name: &str| commands.find_subcommand(name).is_some() || SETTINGS.contains(&name);
    let names = Shelf::Scripts.names(project)?.into_iter().filter(|name| is_taken(name));
    let tasks = names.map(|name| Task::find(project, &name)).collect::<Result<Vec<_>>>()?;
    let error = |task: Task| {
        let message =
            format!("{}: `{}` is the name of a command or setting", task.source.name, task.name);
        Error::new(Code::Script, message).hint("rename the file")
    };
    Ok(tasks.into_iter().map(error).collect())
}
