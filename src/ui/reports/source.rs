//! What a report is made of.

use super::record::Record;
use super::recorder::{Ended, How};

/// What no event tells.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The arguments of the command line.
    pub words: Vec<String>,
    pub exit_status: u8,
    pub version: &'static str,
}

/// The record of a run, and how it is shown.
pub struct Source<'s> {
    pub record: &'s Record,
    pub facts: &'s Facts,
    /// Redacts: what was a secret to nobody when it was printed may be one now.
    pub text: &'s dyn Fn(&str) -> String,
}

/// One chain of several in a report.
pub struct Part<'s> {
    pub end: &'s Ended,
    /// None: it did nothing this time.
    pub source: Option<Source<'s>>,
}

impl Facts {
    /// Those of one chain of several.
    pub fn of(&self, end: &Ended) -> Facts {
        let exit_status = match end.how {
            How::Done | How::DoneBefore => 0,
            How::Stopped => 130,
            How::Failed | How::NotBegun => 1,
        };
        Facts { exit_status, ..self.clone() }
    }
}

impl How {
    /// In words, for people.
    pub fn word(self) -> &'static str {
        match self {
            How::Done => "done",
            How::DoneBefore => "done before",
            How::Failed => "failed",
            How::Stopped => "stopped",
            How::NotBegun => "not begun",
        }
    }

    pub fn is_done(self) -> bool {
        matches!(self, How::Done | How::DoneBefore)
    }
}
