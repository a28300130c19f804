//! What became of the combinations, for the user.

use std::fmt::Write;
use std::path::Path;

use super::cell::Cell;
use super::record::{Outcome, Record};
use crate::report::{Level, Report};
use crate::run::Run;
use crate::run::combination::STATE;
use crate::state::Store;

/// As events call it.
pub const NAME: &str = "combinations";
pub const HEADERS: [&str; 5] = ["combination", "result", "image", "time", "failed at"];

/// One line when a combination has ended.
pub fn tell(run: &Run, cell: &Cell, record: &Record) {
    let label = cell.label();
    let (level, message) = match (record.outcome, &record.failed) {
        (Outcome::Done, _) => {
            let image = record.image.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
            (Level::Success, format!("{label}: done{image}"))
        }
        (Outcome::Stopped, _) => (Level::Warning, format!("{label}: stopped")),
        (_, Some(failed)) => (Level::Warning, format!("{label}: failed at {failed}")),
        _ => (Level::Warning, format!("{label}: failed")),
    };
    run.ui.log(level, &message);
}

/// A row for each, and where to look at those that failed.
pub fn show(run: &Run, records: &[(&Cell, Record)]) {
    let rows: Vec<Vec<String>> =
        records.iter().map(|(cell, record)| row(&cell.label(), record)).collect();
    run.ui.table(NAME, &HEADERS, &rows);
    let failed: Vec<_> =
        records.iter().filter(|(_, record)| record.outcome == Outcome::Failed).collect();
    for (cell, _) in &failed {
        where_to_look(run, &cell.label(), &cell.folder(run));
    }
    if records.iter().any(|(_, record)| !record.is_done()) {
        run.ui.log(Level::Info, "the same command continues with what is not done");
    }
}

/// Shows where the log of a failed combination is, and its state, if that has an instance.
pub fn where_to_look(run: &Run, label: &str, folder: &Path) {
    let store = Store::open_named(&folder.join(STATE)).ok();
    let document = store.and_then(|store| store.document());
    let has_instance = document.is_some_and(|document| !document.instances.is_empty());
    let folder = folder.strip_prefix(&run.options.project).unwrap_or(folder).display();
    let mut message = format!("{label}: its log is {folder}/log");
    if has_instance {
        let _ = write!(message, "; `imgctl --state {folder}/{STATE} ssh` looks at its instance");
    }
    run.ui.log(Level::Info, &message);
}

pub fn row(label: &str, record: &Record) -> Vec<String> {
    let result = match record.outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed",
        Outcome::Stopped => "stopped",
        Outcome::NotBegun => "not begun",
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    vec![
        label.to_owned(),
        result.to_owned(),
        text(&record.image),
        crate::ui::duration(record.seconds),
        text(&record.failed),
    ]
}
