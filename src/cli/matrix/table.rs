//! What became of the combinations, for the user.

use super::cell::Cell;
use super::record::{Outcome, Record};
use crate::report::{Level, Report};
use crate::run::Run;

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
    let headers = ["combination", "result", "image", "time", "failed at"];
    let rows: Vec<Vec<String>> = records.iter().map(|(cell, record)| row(cell, record)).collect();
    run.ui.table(&headers, &rows);
    let failed: Vec<_> =
        records.iter().filter(|(_, record)| record.outcome == Outcome::Failed).collect();
    for (cell, _) in &failed {
        let folder = cell.folder(run);
        let folder = folder.strip_prefix(&run.options.project).unwrap_or(&folder).display();
        let message = format!(
            "{}: its log is {folder}/log; `imgctl --state {folder}/state.json ssh` looks at its instance",
            cell.label()
        );
        run.ui.log(Level::Info, &message);
    }
    if records.iter().any(|(_, record)| !record.is_done()) {
        run.ui.log(Level::Info, "the same command continues with what is not done");
    }
}

fn row(cell: &Cell, record: &Record) -> Vec<String> {
    let result = match record.outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed",
        Outcome::Stopped => "stopped",
        Outcome::NotBegun => "not begun",
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    vec![
        cell.label(),
        result.to_owned(),
        text(&record.image),
        crate::ui::duration(record.seconds),
        text(&record.failed),
    ]
}
