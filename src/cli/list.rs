//! `imgctl list`: the tasks, and whether each is shipped or the project's own.

use std::sync::Arc;

use super::global::Global;
use super::setup::project_folder;
use crate::Result;
use crate::script::Task;
use crate::script::shipped::Shelf;
use crate::ui::Ui;

pub fn list(global: &Global, ui: &Arc<Ui>) -> Result<()> {
    let project = project_folder(&global.config)?;
    let mut unreadable = Vec::new();
    let mut row = |name: &String| {
        let (from, summary) = match Task::find(&project, name) {
            Ok(task) if task.is_shipped() => ("shipped", task.summary()),
            Ok(task) => ("project", task.summary()),
            Err(error) => {
                let message = error.message().to_owned();
                unreadable.push(error);
                ("project", message)
            }
        };
        vec![name.clone(), from.to_owned(), summary]
    };
    let rows: Vec<Vec<String>> = Shelf::Scripts.names(&project)?.iter().map(&mut row).collect();
    ui.table("tasks", &["task", "from", "summary"], &rows);
    // The other tasks can be used, and one of these cannot.
    unreadable.into_iter().next().map_or(Ok(()), Err)
}
