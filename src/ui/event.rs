//! Everything that can be shown, as data. Text and JSON are two views of it.

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::error::Finding;
use crate::report::{Level, Stream};
use crate::{Code, Error, Place};

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
        /// False: it found that there was nothing to do.
        changed: bool,
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
        #[serde(flatten)]
        place: Where<'e>,
        #[serde(skip)]
        findings: &'e [Finding],
        hint: Option<&'e str>,
    },
}

/// In JSON `place` as people read it, and `file`, `line` and `column` for programs.
#[derive(Debug, Clone, Copy)]
pub struct Where<'e>(pub Option<&'e Place>);

impl Serialize for Where<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        let place = self.0;
        fields.serialize_entry("place", &place.map(ToString::to_string))?;
        fields.serialize_entry("file", &place.map(|place| &place.file))?;
        fields.serialize_entry("line", &place.and_then(|place| place.line))?;
        fields.serialize_entry("column", &place.and_then(|place| place.column))?;
        fields.end()
    }
}

impl<'e> Event<'e> {
    pub fn error(error: &'e Error) -> Self {
        Event::Error {
            code: Code::name(error.code()),
            message: error.message(),
            causes: error.causes(),
            place: Where(error.place()),
            findings: error.findings(),
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
