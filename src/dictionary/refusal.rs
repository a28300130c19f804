//! Why a file is left as it is, and where a person would edit it.

use std::ops::Range;

use crate::config::yaml::{Lines, Problem, excerpt};
use crate::{Error, Place};

/// A reason, with the bytes of the text that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub message: String,
    pub bytes: Range<usize>,
    /// `{place}` in it stands for the file and line of `other`.
    pub hint: Option<String>,
    pub other: usize,
}

impl Refusal {
    pub fn new(message: impl Into<String>, bytes: Range<usize>) -> Refusal {
        Refusal { message: message.into(), bytes, hint: None, other: 0 }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Refusal {
        self.hint = Some(hint.into());
        self
    }

    /// A second place, for the hint.
    pub fn other(mut self, byte: usize) -> Refusal {
        self.other = byte;
        self
    }

    /// The error about a file of that name. `may_quote`: its line is shown, without values that may be
    /// secrets.
    pub fn of_file(self, name: &str, text: &str, may_quote: bool, what: String) -> Error {
        let lines = Lines::new(text);
        let (line, column) = lines.at(self.bytes.start);
        let mut place = Place::file(name).line(line).columns(column, lines.length(&self.bytes));
        if may_quote {
            place.text = excerpt(&lines, line, &|_| true);
        }
        let (other, _) = lines.at(self.other);
        let hint = self.hint.map(|hint| hint.replace("{place}", &format!("{name}:{other}")));
        let hint = hint.unwrap_or_else(|| format!("edit {name}:{line} by hand"));
        Error::failed(what).cause(self.message).hint(hint).at(place)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal { message: problem.message, bytes: problem.bytes, hint: problem.hint, other: 0 }
    }
}
