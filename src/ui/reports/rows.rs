//! The timeline as rows: tasks, the steps in them, and what one waited for, each with a bar.

use std::collections::BTreeMap;

use serde::Serialize;

use super::record::{Entry, Outcome, What};
use super::source::Source;
use super::times::duration;
use super::words::{End, state};
use crate::report::Level;

/// A narrower bar could not be seen. Percent.
const NARROWEST: f64 = 0.4;
/// Deeper rows are not indented further.
const DEEPEST: usize = 5;

#[derive(Debug, Serialize)]
pub struct Row {
    /// Links lead to it.
    id: String,
    kind: &'static str,
    depth: usize,
    name: String,
    state: &'static str,
    /// What is said beside the name.
    note: String,
    time: String,
    /// Percent of the whole.
    x: String,
    width: String,
    /// Shown unfolded.
    open: bool,
    items: Vec<Item>,
}

/// What is in a row.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Item {
    Command {
        host: String,
        name: String,
        state: &'static str,
        /// The status, if it is not 0.
        note: String,
        time: String,
        open: bool,
        begin: String,
        /// What is left out between begin and end; empty: nothing.
        gap: String,
        end: String,
    },
    Message {
        level: &'static str,
        text: String,
    },
}

/// Where the rows of a record are in a page.
#[derive(Default)]
pub struct Frame {
    /// The begin of their ids: several records are on one page.
    pub prefix: String,
    /// Seconds from the begin of the page's time to that of the record.
    pub offset: f64,
    /// Seconds of the page's time.
    pub whole: f64,
    /// How deep the record itself is.
    pub depth: usize,
}

impl Frame {
    /// The id of an entry's row.
    pub fn id(&self, at: usize) -> String {
        format!("{}e{at}", self.prefix)
    }

    /// Begin and width of a bar, in percent.
    pub fn bar(&self, began: f64, seconds: f64) -> (String, String) {
        let whole = self.whole.max(0.001);
        let width = (seconds / whole * 100.0).clamp(NARROWEST, 100.0);
        let x = ((self.offset + began) / whole * 100.0).clamp(0.0, 100.0 - width);
        (format!("{x:.2}"), format!("{width:.2}"))
    }
}

struct Builder<'s> {
    source: &'s Source<'s>,
    frame: &'s Frame,
    /// By what they are within.
    children: BTreeMap<Option<usize>, Vec<usize>>,
    now: f64,
    failed: Option<usize>,
    rows: Vec<Row>,
}

/// The rows, and what was said outside of all tasks.
pub fn of(source: &Source<'_>, frame: &Frame) -> (Vec<Row>, Vec<(&'static str, String)>) {
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, entry) in source.record.entries.iter().enumerate() {
        let holds =
            |outer: &usize| matches!(source.record.entries[*outer].what, What::Task | What::Step);
        let home = source.record.outwards(entry.within).find(holds);
        children.entry(home).or_default().push(at);
    }
    let (now, failed) = (source.record.now(), source.record.failed_at());
    let mut builder = Builder { source, frame, children, now, failed, rows: Vec::new() };
    builder.add_all(None, frame.depth);
    let mut outside = Vec::new();
    for at in builder.children.get(&None).into_iter().flatten() {
        let entry = &source.record.entries[*at];
        if let What::Message(level) = entry.what {
            outside.push((level_name(level), (source.text)(&entry.name)));
        }
    }
    (builder.rows, outside)
}

impl Builder<'_> {
    fn add_all(&mut self, within: Option<usize>, depth: usize) {
        for at in self.children.get(&within).cloned().unwrap_or_default() {
            let entry = &self.source.record.entries[at];
            match &entry.what {
                What::Task | What::Step => {
                    let row = self.row(at, entry, depth);
                    self.rows.push(row);
                    self.add_all(Some(at), depth + 1);
                }
                What::Wait => {
                    let row = self.row(at, entry, depth);
                    self.rows.push(row);
                }
                What::Command { .. } | What::Message(_) | What::Nothing => {}
            }
        }
    }

    fn row(&self, at: usize, entry: &Entry, depth: usize) -> Row {
        let text = self.source.text;
        let (kind, items) = match entry.what {
            What::Task => ("task", self.items(at)),
            What::Step => ("step", self.items(at)),
            _ => ("wait", Vec::new()),
        };
        let note = match &entry.outcome {
            Outcome::Skipped(why) => text(why),
            Outcome::Unchanged => "unchanged".to_owned(),
            Outcome::Running if self.source.end() == End::Interrupted => "interrupted".to_owned(),
            Outcome::Running => "did not end".to_owned(),
            _ => String::new(),
        };
        let seconds = entry.seconds(self.now);
        let (x, width) = self.frame.bar(entry.began, seconds);
        let is_skipped = matches!(entry.outcome, Outcome::Skipped(_));
        Row {
            id: self.frame.id(at),
            kind,
            depth: depth.min(DEEPEST),
            name: text(&entry.name),
            state: state(entry),
            note,
            time: if is_skipped { String::new() } else { duration(seconds) },
            x,
            width: if is_skipped { String::new() } else { width },
            open: self.failed == Some(at),
            items,
        }
    }

    /// The commands and messages that are in no smaller part.
    fn items(&self, within: usize) -> Vec<Item> {
        let entries = self.children.get(&Some(within)).into_iter().flatten();
        let entries = entries.map(|at| &self.source.record.entries[*at]);
        entries.filter_map(|entry| self.item(entry, self.failed == Some(within))).collect()
    }

    fn item(&self, entry: &Entry, in_failed: bool) -> Option<Item> {
        let text = self.source.text;
        match &entry.what {
            What::Message(level) => {
                Some(Item::Message { level: level_name(*level), text: text(&entry.name) })
            }
            What::Command { host, status, output, .. } => {
                let (begin, left, end) = output.parts();
                let end: Vec<&str> = end.map(String::as_str).collect();
                let gap = match left.lines {
                    0 => String::new(),
                    lines => format!("{lines} lines ({} KiB) are left out here", left.bytes >> 10),
                };
                let has_failed = entry.outcome == Outcome::Failed;
                Some(Item::Command {
                    host: text(&host.name),
                    name: if entry.name.is_empty() { "output".into() } else { text(&entry.name) },
                    state: state(entry),
                    note: match status {
                        Some(status) if *status != 0 => format!("status {status}"),
                        _ => String::new(),
                    },
                    time: duration(entry.seconds(self.now)),
                    open: in_failed && (has_failed || entry.outcome == Outcome::Running),
                    begin: text(&begin.join("\n")),
                    gap,
                    end: text(&end.join("\n")),
                })
            }
            _ => None,
        }
    }
}

fn level_name(level: Option<Level>) -> &'static str {
    match level {
        None => "print",
        Some(Level::Debug) => "debug",
        Some(Level::Info) => "info",
        Some(Level::Success) => "success",
        Some(Level::Warning) => "warning",
    }
}
