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
use super::global::Global;
use super::setup::{Session, project_folder};
use crate::error::nearest;
use crate::script::Task;
use crate::script::shipped::{Shelf, read};
use crate::ui::Ui;
use crate::{Code, Error, Result};
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
    Task::find(project, name).map_err(|error| {
        let commands = Cli::command();
        let commands: Vec<&str> = commands.get_subcommands().map(clap::Command::get_name).collect();
        let is_task = Shelf::Scripts.names(project).unwrap_or_default();
        let tasks = is_task.iter().map(String::as_str);
        match nearest(name, tasks.chain(commands.iter().copied())) {
            Some(near) if commands.contains(&near) => {
                Error::usage(format!("there is no task or command `{name}`"))
                    .hint(format!("did you mean `{near}`? `imgctl --help` lists the commands"))
            }
            _ => error,
        }
    })
}
