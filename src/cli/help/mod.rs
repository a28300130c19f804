//! `imgctl help`: pages about tasks, commands and the project. Nothing runs, no connection is made and no lock
//! is taken; what is broken in the project is a line of the page.

mod command;
mod credentials;
mod groups;
mod overview;
mod settings;
mod task;
mod words;
mod wrap;

use std::path::Path;
use std::sync::Arc;

use clap::CommandFactory;

use super::arguments::Cli;
use super::error::nearest_command;
use super::global::{Global, SETTINGS};
use super::setup::{Session, project_folder};
use crate::script::shipped::read;
use crate::script::{Task, docs};
use crate::ui::Ui;
use crate::{Code, Result};
pub use overview::{of_session, overview};
pub use words::about_words;

/// The pages of what is asked about, or the overview.
///
/// # Errors
/// `Usage` for a name that neither a task nor a command has.
pub fn help(
    global: &Global,
    ui: &Arc<Ui>,
    words: &[String],
    open: impl FnOnce() -> Result<Session>,
) -> Result<()> {
    let names = words::names(words);
    if names.is_empty() {
        return overview(global, ui, open);
    }
    let project = project_folder(&global.config)?;
    let mut pages: Vec<String> = Vec::new();
    let mut commands = Cli::command();
    // A page has the options of every command, too, and the width that the program's has.
    commands.build();
    let mut names = names.iter().map(String::as_str).peekable();
    while let Some(name) = names.next() {
        pages.push(match commands.find_subcommand_mut(name) {
            Some(command) => command::page(command, &mut names),
            None => wrap::wrap(&task::page(&find(&project, name)?)),
        });
    }
    ui.print(&pages.join("\n\n"));
    Ok(())
}

fn find(project: &Path, name: &str) -> Result<Task> {
    if task::is_file(name) {
        let path = Path::new(name).canonicalize().unwrap_or_else(|_| Path::new(name).to_path_buf());
        let source = read(&path, name.to_owned()).map_err(|error| error.with_code(Code::Usage))?;
        return Ok(Task { name: name.to_owned(), source });
    }
    Task::find(project, name).map_err(|error| match nearest_command(project, name) {
        Some(meant) => meant,
        None => match of_reference(name) {
            Some(hint) => error.hint(hint),
            None => error,
        },
    })
}

/// Where something else than a task or command has its page.
fn of_reference(name: &str) -> Option<String> {
    if SETTINGS.contains(&name) {
        return Some(format!("it is a setting, `{name}:NAME`: `imgctl help` shows what it is now"));
    }
    let plain = name.strip_prefix("std/").unwrap_or(name);
    let entries = docs::entries().ok()?;
    let is_there = !docs::matching(&entries, plain).is_empty();
    is_there.then(|| format!("scripts can call it: `imgctl api {plain}` shows how"))
}
