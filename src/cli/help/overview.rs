//! What there is to do here, and with which settings: `imgctl` without words.

use std::path::Path;
use std::sync::Arc;

use super::groups::GROUPS;
use super::wrap::wrap;
use super::{credentials, settings};
use crate::cli::global::Global;
use crate::cli::setup::{Session, project_folder};
use crate::error::Finding;
use crate::script::Task;
use crate::script::shipped::Shelf;
use crate::ui::Ui;
use crate::{Error, Result};

const HEAD: &str = "\
imgctl WORD...: words are tasks, run from left to right until one fails.
Words cloud:NAME, region:NAME and distribution:NAME are settings for those behind.

  imgctl up bootstrap tests create_image destroy    make an image, task by task
  imgctl cloud:ec2 distribution:ubuntu2404 bake     all of it, in another cloud
  imgctl --dry-run bake                             only show what would be done
  imgctl help up                                    about one task or command";

/// The overview, also where the configuration cannot be read.
///
/// # Errors
/// `Usage` for settings on the command line that do not exist; a file that cannot be read at all.
pub fn overview(
    global: &Global,
    ui: &Arc<Ui>,
    open: impl FnOnce() -> Result<Session>,
) -> Result<()> {
    match open() {
        Ok(session) => of_session(&session, global),
        Err(error) if error.place().is_some() || !error.findings().is_empty() => {
            let project = project_folder(&global.config)?;
            let broken = format!("  none: {}", error.message());
            show(ui, &project, &[broken], &credentials::lines(None, &project));
            if let Some(place) = error.place() {
                ui.diagnostic("error", "config", error.message(), place, error.hint_text());
            }
            for Finding { message, place } in error.findings() {
                ui.diagnostic("error", "config", message, place, None);
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The overview with a session's settings.
///
/// # Errors
/// As for [`overview`].
pub fn of_session(session: &Session, global: &Global) -> Result<()> {
    let run = &session.run;
    let settings = settings::lines(run, global)?;
    let project = &run.options.project;
    let credentials = credentials::lines(Some(&run.config), project);
    show(&run.ui, project, &settings, &credentials);
    Ok(())
}

fn show(ui: &Ui, project: &Path, settings: &[String], credentials: &[String]) {
    let mut lines = vec![HEAD.to_owned()];
    lines.extend(tasks(project));
    let mut section = |title: &str, more: &[String]| {
        lines.extend([String::new(), title.to_owned()]);
        lines.extend(more.iter().cloned());
    };
    section("Settings", settings);
    section("Credentials", credentials);
    lines.extend([
        String::new(),
        "`imgctl --help` shows the commands and options, `imgctl api` what scripts can call."
            .to_owned(),
    ]);
    ui.print(&wrap(&lines.join("\n")));
}

/// The tasks by what they are for, then the project's own.
fn tasks(project: &Path) -> Vec<String> {
    let names = match Shelf::Scripts.names(project) {
        Ok(names) => names,
        Err(error) => return vec![String::new(), format!("Tasks\n  none: {}", error.message())],
    };
    let mut lines = Vec::new();
    for (title, tasks) in GROUPS {
        lines.extend([String::new(), title.to_owned()]);
        lines.extend(tasks.iter().map(|name| line(name, Task::find(project, name))));
    }
    let is_grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let own: Vec<&String> = names.iter().filter(|name| !is_grouped(name)).collect();
    if !own.is_empty() {
        lines.extend([String::new(), "Yours".to_owned()]);
        lines.extend(own.iter().map(|name| line(name, Task::find(project, name))));
    }
    lines
}

fn line(name: &str, task: Result<Task, Error>) -> String {
    let about = match task {
        Ok(task) if task.is_shipped() => task.summary(),
        Ok(task) => format!("{} ({})", task.summary(), task.source.name),
        Err(error) => error.message().to_owned(),
    };
    format!("  {name:<16} {}", about.trim_start())
}
