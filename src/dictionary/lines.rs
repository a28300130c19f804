//! The lines around a byte of a text.

use crate::config::yaml::outline::{Entry, colon};

/// Where the line of this byte begins.
pub fn start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    // A byte order mark is no part of the first line.
    before.rfind('\n').map_or_else(
        || if before.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
        |line| line + 1,
    )
}

/// Past the line of this byte, its end included.
pub fn past(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |line| at + line + 1)
}

/// What stands before a byte in its line.
pub fn before(text: &str, at: usize) -> &str {
    text.get(start(text, at)..at).unwrap_or_default()
}

pub fn column(text: &str, at: usize) -> usize {
    before(text, at).chars().count()
}

/// Whether nothing else stands before it in its line.
pub fn begins_at(text: &str, at: usize) -> bool {
    before(text, at).trim().is_empty()
}

/// How lines end there, as far as a line near it tells.
pub fn ending(text: &str, at: usize) -> &'static str {
    let line = start(text, at);
    let above = text.get(..line).unwrap_or_default();
    let this = text.get(line..past(text, at)).unwrap_or_default();
    let near = if this.ends_with('\n') { this } else { above };
    if near.ends_with("\r\n") { "\r\n" } else { "\n" }
}

/// Past the last byte of an entry, which is its colon if the value is left out.
pub fn entry_end(text: &str, entry: &Entry) -> usize {
    let end = entry.value.end();
    if entry.value.is_left_out() {
        end.max(colon(text, &entry.key).unwrap_or_default())
    } else {
        end
    }
}
