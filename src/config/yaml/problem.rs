//! What makes a text no YAML of ours, and where.

use std::ops::Range;

use super::excerpt::{excerpt, excerpt_of_secrets};
use super::lines::Lines;
use crate::{Error, Place};

/// The first problem of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub hint: Option<String>,
    /// The bytes of the text that it is about.
    pub bytes: Range<usize>,
}

impl Problem {
    pub fn new(message: impl Into<String>, bytes: Range<usize>) -> Self {
        Problem { message: message.into(), hint: None, bytes }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What is usually the reason: tabs, where a text looks right; a template of another tool; lines without colons.
    pub fn with_usual_cure(self, text: &str) -> Self {
        let before = text.get(..self.bytes.start).unwrap_or(text);
        let line = before.rfind('\n').unwrap_or_default();
        let above = before.get(..line).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
        let mut nearby = text.get(above..).unwrap_or_default().lines().take(2);
        if self.hint.is_none() && nearby.any(|line| line.trim_start_matches(' ').starts_with('\t'))
        {
            return self.hint("indent YAML with spaces, not with tabs");
        }
        let here = text.get(line..).unwrap_or_default().trim_start().lines().next();
        if self.hint.is_none() && here.is_some_and(|line| line.contains("{{")) {
            return self.hint("put text with braces in quotes; a variable is written `${NAME}`");
        }
        if self.hint.is_none() && self.message.contains("<document start>") {
            return self.hint("write each setting as `key: value`");
        }
        self
    }

    /// The error of a file of that name. Of its line only as much is shown as `harmless` keys have.
    pub fn of_file(self, name: &str, lines: &Lines, harmless: &dyn Fn(&str) -> bool) -> Error {
        let (line, column) = lines.at(self.bytes.start);
        let mut place = Place::file(name).line(line).columns(column, lines.length(&self.bytes));
        place.text = excerpt(lines, line, harmless);
        self.without_place(name).at(place)
    }

    /// The error of a file of credentials, of whose line nothing is shown that may be a part of one.
    pub fn of_secrets(self, name: &str, lines: &Lines) -> Error {
        let (line, column) = lines.at(self.bytes.start);
        let mut place = Place::file(name).line(line).columns(column, lines.length(&self.bytes));
        place.text = excerpt_of_secrets(lines, line);
        self.without_place(name).at(place)
    }

    /// The error of a text that has no lines to show.
    pub fn without_place(self, name: &str) -> Error {
        let error = Error::config(format!("{name} is not valid YAML")).cause(self.message);
        match self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
