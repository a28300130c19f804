//! Everything that can be shown, as data. Text and JSON are two views of it.

use serde::Serialize;

use crate::report::{Level, Stream};
use crate::{Code, Error};

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'e> {
    TaskStarted {
        task: &'e str,
    },
    TaskFinished {
        task: &'e str,
        seconds: f64,
        ok: bool,
    },
    StepStarted {
        script: &'e str,
        step: &'e str,
    },
    StepFinished {
        step: &'e str,
        seconds: f64,
    },
    StepSkipped {
        step: &'e str,
        why: &'e str,
    },
    StepFailed {
        step: &'e str,
    },
    Log {
        #[serde(serialize_with = "level_name")]
        level: Level,
        message: &'e str,
    },
    Output {
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
        #[serde(skip_serializing_if = "Option::is_none")]
        done: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    },
    Print {
        text: &'e str,
    },
    Result {
        text: &'e str,
    },
    CreatedImage {
        id: &'e str,
        name: &'e str,
    },
    Row {
        row: serde_json::Map<String, serde_json::Value>,
    },
    Error {
        code: &'static str,
        message: &'e str,
        causes: &'e [String],
        place: Option<&'e str>,
        hint: Option<&'e str>,
    },
}

impl<'e> Event<'e> {
    pub fn error(error: &'e Error) -> Self {
        Event::Error {
            code: Code::name(error.code()),
            message: error.message(),
            causes: error.causes(),
            place: error.place(),
            hint: error.hint_text(),
        }
    }

    /// The lowest verbosity at which it is shown: -1 always, 0 normally, 1 with `-v`.
    pub fn loudness(&self) -> i8 {
        match self {
            Event::Print { .. }
            | Event::Result { .. }
            | Event::CreatedImage { .. }
            | Event::Row { .. }
            | Event::Error { .. }
            | Event::StepFailed { .. }
            | Event::TaskFinished { ok: false, .. }
            | Event::Log { level: Level::Warning, .. } => -1,
            Event::Log { level: Level::Debug, .. } => 1,
            _ => 0,
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
