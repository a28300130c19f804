//! Files in which other programs look up image ids: one value is changed, and every other byte stays.
//!
//! A parser tells the bytes of the value at a path; exactly these are replaced, or a new entry is put
//! between two bytes. The result is read again and must be the same but for the path.

mod diff;
mod dotenv;
mod edit;
mod file;
mod find;
mod format;
mod guard;
mod hcl;
mod insert;
mod lines;
mod new_line;
mod path;
mod quote;
mod refusal;
mod render;
mod tables;
mod template;
mod toml;

pub use diff::{diff, lines as difference, unified};
pub use file::{Locked, text};
pub use find::Follow;
pub use format::Format;

use crate::config::yaml::outline::{Kind, Node, Style};
use crate::{Error, Result};
use find::{Found, find, is_null};
use path::Path;
use refusal::Refusal;

/// A text with the outline of what is in it.
pub struct Dictionary {
    /// The file's name, for messages.
    name: String,
    format: Format,
    text: String,
    documents: Vec<Node>,
}

impl Dictionary {
    /// `name` is the file's for messages.
    ///
    /// # Errors
    /// A text that is not of that format, with line and column.
    pub fn read(name: &str, format: Format, text: String) -> Result<Dictionary> {
        let name = name.to_owned();
        match format.documents(&text) {
            Ok(documents) => Ok(Dictionary { name, format, text, documents }),
            Err(refusal) => {
                let what = format!("{name} is not valid {}", format.name());
                Err(refusal.of_file(&name, &text, format.has_colons(), what))
            }
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value at a path, as text, behind aliases and merge keys. None: there is no value, or it is null.
    ///
    /// # Errors
    /// A path that is malformed, or that leads to a list or a map.
    pub fn get(&self, path: &str) -> Result<Option<String>> {
        let parts = Path::parse(path)?.0;
        let found = find(&self.documents, &parts, Follow::Read)
            .map_err(|refusal| self.refused(refusal, &format!("cannot read `{path}` of")))?;
        Ok(match &found.node.kind {
            _ if !found.missing.is_empty() => None,
            Kind::Scalar(text, Style::Plain) if is_null(text) && self.format != Format::Dotenv => {
                None
            }
            Kind::Scalar(text, _) => Some(text.clone()),
            _ => None,
        })
    }

    /// Gives the value at a path another text, or adds it; false if it had that text.
    ///
    /// # Errors
    /// A path that is malformed; whatever would change anything but this value.
    pub fn set(&mut self, path: &str, value: &str, follow: Follow) -> Result<bool> {
        let parts = Path::parse(path)?.0;
        if value.is_empty() || value.contains(['\n', '\r', '\0']) {
            return Err(Error::usage(format!("the value for `{path}` is not an id"))
                .cause("it is empty or has several lines")
                .hint("pass the id of an image, on one line"));
        }
        let edited = self.edited(&parts, value, follow);
        let edited =
            edited.map_err(|refusal| self.refused(refusal, &format!("cannot set `{path}` in")))?;
        let Some((text, documents)) = edited else { return Ok(false) };
        (self.text, self.documents) = (text, documents);
        Ok(true)
    }

    /// The text with the value, and its outline. None: it has the value.
    fn edited(
        &self,
        path: &[path::Part],
        value: &str,
        follow: Follow,
    ) -> Result<Option<(String, Vec<Node>)>, Refusal> {
        // Who reads the file finds this value already, wherever it stands.
        let has_it = |it: &Found| it.missing.is_empty() && it.node.text() == Some(value);
        if find(&self.documents, path, Follow::Read).is_ok_and(|it| has_it(&it)) {
            return Ok(None);
        }
        let found = find(&self.documents, path, follow)?;
        let (edits, bytes) = match found.missing.is_empty() {
            true => {
                let edit = edit::replace(&self.text, self.format, &found, value)?;
                let key = found.entry.map_or(found.node.start(), |(_, entry)| entry.key.start());
                let start = key.min(found.node.start());
                (vec![edit], start..found.node.bytes.end)
            }
            false => {
                let edits = insert::edits(&self.text, self.format, &found, value)?;
                let (start, end) = (found.node.start(), found.node.end());
                let bytes = edits.iter().fold(start..end, |all, edit| {
                    all.start.min(edit.bytes.start)..all.end.max(edit.bytes.end.saturating_sub(1))
                });
                (edits, bytes)
            }
        };
        let text = edit::apply(&self.text, &edits);
        let unsafe_edit = |found: &Found| {
            let why = "the change would change more than this value";
            Refusal::new(why, found.node.start()..found.node.start())
        };
        let documents = self.format.documents(&text).map_err(|_| unsafe_edit(&found))?;
        let is_safe = guard::only_the_path(&self.documents, &documents, &found, value)
            && guard::only_these_lines(&self.text, &text, &bytes);
        if is_safe { Ok(Some((text, documents))) } else { Err(unsafe_edit(&found)) }
    }

    fn refused(&self, refusal: Refusal, what: &str) -> Error {
        let what = format!("{what} {}", self.name);
        refusal.of_file(&self.name, &self.text, self.format.has_colons(), what)
    }
}
