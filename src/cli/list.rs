//! `imgctl list`: the tasks, and whether each is shipped or the project's own.

use std::sync::Arc;

use super::global::Global;
use super::setup::project_folder;
use crate::Result;
use crate::script::Task;
use crate::ui::Ui;

pub fn list(global: &Global, ui: &Arc<Ui>) -> Result<()> {
    let project = project_folder(&global.config)?;
    let rows: Vec<Vec<String>> = Task::all(&project)?
        .iter()
        .map(|task| {
            let from = if task.is_shipped() { "shipped" } else { "project" };
            vec![task.name.clone(), from.to_string(), task.summary()]
        })
        .collect();
    ui.table("tasks", &["task", "from", "summary"], &rows);
    Ok(())
}
