//! Everything that can be shown, as data. Text and JSON are two views of it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::direction::Direction;
use super::done::{Done, is_worth_telling};
use super::image::{CopySource, Image};
use super::packages::PackageChanges;
use super::range::{Range, Where};
use super::status::Status;
use crate::error::Finding;
use crate::report::{Level, Stream};
use crate::{Code, Error, Place};

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'e> {
    /// The first event of a process.
    Begin {
        /// Of this contract; another one when something is removed or means something else.
        version: u32,
        imgctl: &'static str,
        /// Of the state file. None: there is no run yet; `Subject` tells its id.
        run: Option<&'e str>,
    },
    /// The last event of a process.
    End {
        exit_code: u8,
        seconds: f64,
    },
    /// What the tasks from here on work on.
    Subject(&'e Subject),
    TaskStarted {
        #[serde(flatten)]
        span: Span,
        task: &'e str,
    },
    TaskFinished {
        id: u64,
        task: &'e str,
        seconds: f64,
        ok: bool,
    },
    StepStarted {
        #[serde(flatten)]
        span: Span,
        script: &'e str,
        step: &'e str,
    },
    StepFinished {
        id: u64,
        step: &'e str,
        seconds: f64,
        /// False: it found that there was nothing to do.
        changed: bool,
    },
    StepSkipped {
        #[serde(flatten)]
        span: Span,
        step: &'e str,
        why: &'e str,
    },
    /// One that has begun was left at a breakpoint, and is done again: nothing has failed.
    #[serde(rename = "step_skipped")]
    StepRepeated {
        #[serde(flatten)]
        span: Span,
        step: &'e str,
        why: &'e str,
    },
    StepFailed {
        id: u64,
        step: &'e str,
    },
    /// A command on a host, or on this machine.
    CommandStarted {
        #[serde(flatten)]
        span: Span,
        #[serde(skip)]
        host: &'e str,
        /// Of the run's instance that the host is.
        #[serde(skip)]
        role: Option<&'e str>,
        command: &'e str,
        /// It changes nothing, and its output is not shown.
        reads: bool,
    },
    CommandFinished {
        id: u64,
        #[serde(skip)]
        host: &'e str,
        command: &'e str,
        reads: bool,
        seconds: f64,
        /// None: it did not end, or nobody knows how.
        status: Option<i32>,
    },
    /// What was read, sent or compared.
    Exchange {
        within: Option<u64>,
        direction: Direction,
        /// A host, or the address of a server.
        with: &'e str,
        what: &'e str,
        text: &'e str,
    },
    /// What a dry run would change.
    Planned {
        within: Option<u64>,
        /// `file`, `command`, `instance`, `image` or `other`.
        kind: &'static str,
        what: &'e str,
        /// A diff, or a list of files.
        details: Option<&'e str>,
    },
    /// All that a dry run would change, at its end.
    Plan {
        counted: &'e str,
    },
    /// What a chain has done, at its end.
    Summary {
        tasks: &'e [Done],
    },
    /// An operation that takes time and is no command: a wait, a transfer.
    WaitStarted {
        #[serde(flatten)]
        span: Span,
        activity: &'e str,
    },
    WaitFinished {
        id: u64,
        seconds: f64,
    },
    Check {
        within: Option<u64>,
        check: &'e str,
        result: CheckResult,
        wanted: &'e Value,
        found: &'e Value,
        /// What was wanted and found of one that failed, in words; why it was skipped.
        why: &'e str,
        /// What it belongs to, such as an item of `ci_image`.
        item: Option<&'e str>,
        seconds: Option<f64>,
    },
    Log {
        within: Option<u64>,
        #[serde(serialize_with = "level_name")]
        level: Level,
        message: &'e str,
    },
    Output {
        /// The command that printed it.
        within: Option<u64>,
        host: &'e str,
        #[serde(serialize_with = "stream_name")]
        stream: Stream,
        line: &'e str,
    },
    /// A long operation is still running.
    Progress {
        activity: &'e str,
        status: &'e str,
        seconds: u64,
        done: Option<u64>,
        total: Option<u64>,
    },
    Print {
        within: Option<u64>,
        text: &'e str,
    },
    /// What a build has changed among the packages.
    Packages {
        within: Option<u64>,
        #[serde(flatten)]
        changes: &'e PackageChanges,
    },
    CreatedImage(&'e Image),
    CopiedImage {
        #[serde(flatten)]
        image: &'e Image,
        source: &'e CopySource,
        /// False: it existed already.
        changed: bool,
    },
    DeletedImage(&'e Image),
    Status(&'e Status),
    /// A line of a table.
    Row {
        table: &'static str,
        row: Map<String, Value>,
    },
    /// A mistake in a file, found without running it.
    Diagnostic {
        /// `error` or `warning`.
        severity: &'static str,
        /// The kind of mistake.
        code: &'static str,
        message: &'e str,
        file: &'e str,
        range: Option<Range>,
        hint: Option<&'e str>,
        #[serde(skip)]
        place: &'e Place,
    },
    Error {
        code: &'static str,
        /// With which a process ends of which it is the error.
        exit_code: u8,
        message: &'e str,
        causes: &'e [String],
        #[serde(flatten)]
        place: Where<'e>,
        #[serde(skip)]
        findings: &'e [Finding],
        hint: Option<&'e str>,
    },
}

/// What begins: `id` is that of its end, `within` that of what it is a part of.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Span {
    pub id: u64,
    pub within: Option<u64>,
}

/// What tasks work on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    pub cloud: String,
    pub region: String,
    pub distribution: String,
    /// The run's id; empty before `up`.
    pub run: String,
    /// Ids by role.
    pub instances: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    Passed,
    Failed,
    Skipped,
}

impl<'e> Event<'e> {
    pub fn error(error: &'e Error) -> Self {
        Event::Error {
            code: Code::name(error.code()),
            exit_code: error.code().exit_code(),
            message: error.message(),
            causes: error.causes(),
            place: Where(error.place()),
            findings: error.findings(),
            hint: error.hint_text(),
        }
    }

    /// The lowest verbosity at which it is shown: -1 always, 0 normally, 1 with `-v`, 2 with `-vv`.
    pub fn loudness(&self) -> i8 {
        match self {
            Event::Begin { .. }
            | Event::End { .. }
            | Event::Print { .. }
            | Event::CreatedImage(_)
            | Event::CopiedImage { .. }
            | Event::DeletedImage(_)
            | Event::Status(_)
            | Event::Row { .. }
            | Event::Error { .. }
            | Event::Diagnostic { .. }
            | Event::StepFailed { .. }
            | Event::TaskFinished { ok: false, .. }
            | Event::Log { level: Level::Warning, .. } => -1,
            Event::Exchange { .. } => 2,
            Event::Log { level: Level::Debug, .. }
            | Event::CommandStarted { reads: true, .. }
            | Event::CommandFinished { reads: true, .. }
            | Event::WaitStarted { .. }
            | Event::WaitFinished { .. } => 1,
            _ => 0,
        }
    }

    /// What it belongs to; none for what is innermost.
    pub(super) fn belongs_to(&self) -> Option<u64> {
        match self {
            Event::TaskStarted { span, .. }
            | Event::StepStarted { span, .. }
            | Event::StepSkipped { span, .. }
            | Event::StepRepeated { span, .. }
            | Event::CommandStarted { span, .. }
            | Event::WaitStarted { span, .. } => Some(span.id),
            Event::Check { within, .. }
            | Event::Log { within, .. }
            | Event::Output { within, .. }
            | Event::Print { within, .. }
            | Event::Packages { within, .. } => *within,
            _ => self.ends(),
        }
    }

    /// What ends with it.
    pub(super) fn ends(&self) -> Option<u64> {
        match self {
            Event::TaskFinished { id, .. }
            | Event::StepFinished { id, .. }
            | Event::StepFailed { id, .. }
            | Event::CommandFinished { id, .. }
            | Event::WaitFinished { id, .. } => Some(*id),
            Event::StepSkipped { span, .. } | Event::StepRepeated { span, .. } => Some(span.id),
            _ => None,
        }
    }

    /// Whether a task or step has failed.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self, Event::StepFailed { .. } | Event::TaskFinished { ok: false, .. })
    }

    /// Whether people are shown it at a verbosity. A check that failed is among the causes of the error that
    /// follows.
    pub fn is_for_people(&self, verbosity: i8) -> bool {
        // JSON tells them without being asked for.
        let is_command =
            matches!(self, Event::CommandStarted { .. } | Event::CommandFinished { .. });
        if verbosity < if is_command { 1 } else { self.loudness() } {
            return false;
        }
        match self {
            Event::Begin { .. }
            | Event::End { .. }
            | Event::Subject(_)
            | Event::CopiedImage { .. }
            | Event::DeletedImage(_)
            | Event::Status(_)
            // Whoever has left it knows, and is told what begins again.
            | Event::StepRepeated { .. }
            | Event::WaitStarted { .. }
            | Event::WaitFinished { .. } => false,
            // Each is told at its end: its output is not shown.
            Event::CommandStarted { reads, .. } => !reads,
            Event::Summary { tasks } => is_worth_telling(tasks),
            Event::Check { result, .. } => *result == CheckResult::Passed,
            _ => true,
        }
    }
}

fn level_name<S: serde::Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Success => "success",
        Level::Warning => "warning",
    })
}

fn stream_name<S: serde::Serializer>(stream: &Stream, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    })
}
