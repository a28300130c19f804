//! What the commands of a console show.

use std::collections::BTreeMap;

use rhai::{GlobalRuntimeState, Scope};

use super::commands;
use super::shown::shown;
use super::tools::Tools;
use super::words::defined;
use crate::report::{Level, Report};
use crate::script::docs::{found, matching};
use crate::script::running::Script;
use crate::script::step_names;
use crate::state::StepRecord;
use crate::ui::{Ui, duration};
use crate::{Error, Result};

/// A function, namespace or module, be it of the reference, of an import or of an earlier line; without a name the
/// commands.
///
/// # Errors
/// `NotFound` for what nothing is called.
pub fn help(ui: &Ui, tools: Tools, name: &str, global: &GlobalRuntimeState) -> Result<()> {
    if name.is_empty() {
        ui.print(&commands::overview());
        return Ok(());
    }
    let mut entries = (tools.entries)()?;
    entries.extend((tools.language)());
    let defined = defined(global, name);
    // A module of the library that a line has imported is told once.
    entries.retain(|entry| !defined.lines().any(|line| line == entry.signature));
    let text = format!("{defined}{}", matching(&entries, name));
    let text = if text.is_empty() { found(&entries, name) } else { text };
    if text.is_empty() {
        return Err(Error::not_found(format!("nothing is called `{name}`, or is about it"))
            .hint("`:help` lists the commands, `imgctl api` all functions"));
    }
    ui.print(text.trim_end());
    Ok(())
}

/// The variables, each with the first line of its value.
pub fn variables(ui: &Ui, scope: &Scope<'_>) {
    let mut seen = BTreeMap::new();
    for (name, _, value) in scope.iter_raw() {
        let text = shown(&value.flatten_clone()).unwrap_or_else(|| "()".to_owned());
        let first = text.lines().next().unwrap_or_default().to_owned();
        seen.insert(name.to_owned(), if first == text { first } else { format!("{first} …") });
    }
    if seen.is_empty() {
        ui.log(Level::Info, "there are no variables yet: `let name = …` makes one");
        return;
    }
    let rows: Vec<Vec<String>> = seen.into_iter().map(|(name, it)| vec![name, it]).collect();
    ui.print(&aligned(&rows));
}

/// Shows the steps of the instances that the state knows; those of the script in its order, if it has any.
pub fn steps(script: &Script) {
    let run = &script.run;
    let document = run.store.document();
    let missing = if document.is_some() { "not done" } else { "not recorded" };
    let done = document.map(|document| document.steps).unwrap_or_default();
    let text = script.sources.text(&script.source_name);
    let of_script = text.map(|text| step_names::written(&text)).unwrap_or_default();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for name in &of_script {
        let record = done.iter().rev().find(|it| it.script == script.name && it.name == *name);
        rows.push(record.map_or_else(
            || vec![script.name.clone(), name.clone(), missing.to_owned(), String::new()],
            row,
        ));
    }
    let is_shown = |it: &&StepRecord| it.script == script.name && of_script.contains(&it.name);
    rows.extend(done.iter().filter(|it| !is_shown(it)).map(row));
    if rows.is_empty() {
        run.ui.log(Level::Info, "no step is recorded: steps of tasks and of script files are");
        return;
    }
    run.ui.print(&aligned(&rows));
}

fn row(record: &StepRecord) -> Vec<String> {
    let took = duration(record.seconds);
    // Nobody looks for parts of a second.
    let at = match record.finished_at.split_once('.') {
        Some((at, _)) => format!("{at}Z"),
        None => record.finished_at.clone(),
    };
    vec![record.script.clone(), record.name.clone(), at, took]
}

/// The columns begin below each other.
fn aligned(rows: &[Vec<String>]) -> String {
    let width =
        |at: usize| rows.iter().filter_map(move |row| row.get(at)).map(|it| it.chars().count());
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(at, cell)| {
            let width = width(at).max().unwrap_or_default();
            format!("{cell:<width$}  ")
        });
        cells.collect::<String>().trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
