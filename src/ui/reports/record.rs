//! What was done, as reports need it.

use std::collections::BTreeMap;
use std::time::Instant;

use super::kept::Kept;
use crate::report::Level;
use crate::ui::event::CheckResult;
use crate::ui::packages::PackageChanges;

/// A run from its begin.
#[derive(Debug)]
pub struct Record {
    pub began: jiff::Timestamp,
    pub clock: Instant,
    /// Seconds after which it ended. None: it goes on.
    pub ended: Option<f64>,
    /// In the order in which they began; the rest of the record names them by their place here.
    pub entries: Vec<Entry>,
    pub checks: Vec<Check>,
    pub images: Vec<Image>,
    pub packages: Option<PackageChanges>,
    pub subject: Subject,
    pub failure: Option<Failure>,
    /// The hosts of the commands within each task.
    pub hosts: BTreeMap<usize, Vec<Host>>,
    /// Entries that were too many.
    pub left_out: usize,
}

/// What tasks worked on last, and every instance that they worked on.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    pub cloud: String,
    pub region: String,
    pub distribution: String,
    pub run: String,
    pub instances: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct Entry {
    pub within: Option<usize>,
    pub what: What,
    pub name: String,
    /// Seconds since the run began.
    pub began: f64,
    /// None: it has not ended.
    pub ended: Option<f64>,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub enum What {
    Task,
    Step,
    Command {
        host: Host,
        reads: bool,
        status: Option<i32>,
        output: Kept,
    },
    Wait,
    /// A message, or what a script prints.
    Message(Option<Level>),
    /// It is too brief to be listed.
    Nothing,
}

/// Where a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub name: String,
    /// Of the run's instance that it is.
    pub role: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Running,
    Done,
    Unchanged,
    Skipped(String),
    Failed,
}

#[derive(Debug, Clone)]
pub struct Check {
    pub within: Option<usize>,
    pub name: String,
    pub item: Option<String>,
    pub result: CheckResult,
    pub why: String,
    pub seconds: Option<f64>,
}

#[derive(Debug, Clone)]
pub struct Image {
    pub id: String,
    pub name: String,
}

/// The error that ended the run.
#[derive(Debug, Clone)]
pub struct Failure {
    pub code: String,
    pub message: String,
    pub causes: Vec<String>,
    pub place: Option<String>,
    pub hint: Option<String>,
}

impl Record {
    pub fn new() -> Record {
        Record {
            began: jiff::Timestamp::now(),
            clock: Instant::now(),
            ended: None,
            entries: Vec::new(),
            checks: Vec::new(),
            images: Vec::new(),
            packages: None,
            subject: Subject::default(),
            failure: None,
            hosts: BTreeMap::new(),
            left_out: 0,
        }
    }

    /// Seconds since the run began; at its end they stop.
    pub fn now(&self) -> f64 {
        self.ended.unwrap_or_else(|| self.clock.elapsed().as_secs_f64())
    }

    /// An entry, what it is within, and so on outwards.
    pub fn outwards(&self, from: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(from, |at| self.entries.get(*at).and_then(|entry| entry.within))
    }

    /// The task that something is within.
    pub fn task_of(&self, from: Option<usize>) -> Option<usize> {
        self.outwards(from)
            .find(|at| matches!(self.entries.get(*at), Some(Entry { what: What::Task, .. })))
    }

    /// The step that failed, else the task: the innermost one of the last.
    pub fn failed_at(&self) -> Option<usize> {
        let failed = |at: &usize, is_step: bool| {
            let entry = &self.entries[*at];
            let fits = match entry.what {
                What::Step => is_step,
                What::Task => !is_step,
                _ => false,
            };
            fits && matches!(entry.outcome, Outcome::Failed | Outcome::Running)
        };
        self.failure.as_ref()?;
        let last = |is_step| (0..self.entries.len()).rev().find(|at| failed(at, is_step));
        let task = last(false);
        // A step that failed in a task that went well was caught there.
        let step = last(true).filter(|step| {
            let outer = self.task_of(Some(*step));
            outer.is_none_or(|outer| failed(&outer, false))
        });
        step.or(task)
    }
}

impl Entry {
    /// How long it took, or has taken so far.
    pub fn seconds(&self, now: f64) -> f64 {
        (self.ended.unwrap_or(now) - self.began).max(0.0)
    }
}
