//! Hides secrets. This is the one place: everything that the user interface shows passes through it.
//!
//! A text is searched as it is and as what its reader can make of it: without quotes and line ends,
//! with escapes replaced, base64, base32, hexadecimal, dumps and lists of bytes decoded, each of these within
//! the others. So no form of a secret needs to be known beforehand, only the ways back from it. The one
//! exception is a change of its letters' case, from which there is no way back.

mod dump;
mod encoded;
mod finder;
mod known;
mod marks;
mod squeeze;
mod tail;
mod unescape;
mod view;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError, RwLock};

use super::clean;
use known::Known;
use marks::Marks;
use tail::Tail;

/// The values that are replaced with `***` in all output.
#[derive(Debug, Default)]
pub struct Secrets {
    known: RwLock<Known>,
    /// By stream: the end of its last line where a secret may have begun there.
    begun: Mutex<HashMap<String, String>>,
}

impl Secrets {
    /// Hides this value from now on: unchanged, line by line, quoted, escaped or encoded.
    ///
    /// A value of one to three characters is hidden unchanged only, where it is next to no letter or
    /// digit. An empty or blank value is ignored.
    pub fn add(&self, value: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.add(value);
        known.add(&clean::text(value));
    }

    /// The text with every secret replaced.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.with(|known| {
            let mut marks = Marks::new(text);
            known.search(text, &mut marks);
            tail::pieces(known, text, &mut marks);
            marks.hide(0)
        })
        .unwrap_or_else(|| text.to_owned())
    }

    /// Where the text contains secrets, in bytes.
    #[must_use]
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        self.with(|known| {
            let mut marks = Marks::new(text);
            known.search(text, &mut marks);
            tail::pieces(known, text, &mut marks);
            marks.parts()
        })
        .unwrap_or_default()
    }

    /// As [`Secrets::redact`] for the next line, or piece of a line, of a stream: a secret may begin in
    /// one and end in another.
    #[must_use]
    pub fn redact_next(&self, stream: &str, line: &str) -> String {
        let streams = || self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = streams().remove(stream).unwrap_or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        let before = text.len();
        text.push_str(line);
        self.with(|known| {
            let mut marks = Marks::new(&text);
            known.search(&text, &mut marks);
            tail::pieces(known, &text, &mut marks);
            let Tail { hidden, kept } = tail::begun(known, &text);
            marks.add(hidden..text.len());
            if kept < text.len() {
                streams().insert(stream.to_owned(), text[kept..].to_owned());
            }
            marks.hide(before)
        })
        .unwrap_or_else(|| line.to_owned())
    }

    /// None: there are no secrets.
    fn with<T>(&self, work: impl FnOnce(&Known) -> T) -> Option<T> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return None;
        }
        if known.is_ready() {
            return Some(work(&known));
        }
        drop(known);
        self.known.write().unwrap_or_else(PoisonError::into_inner).make_ready();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Some(work(&known))
    }
}
