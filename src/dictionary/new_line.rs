//! A new entry on a line of its own.

use super::edit::Edit;
use super::find::{Found, is_merge};
use super::lines;
use super::render::{Surroundings, last_map};
use crate::config::yaml::outline::Entry;

/// Before which entry a key belongs: by its order where the keys are sorted, else at the end.
pub fn position(entries: &[Entry], key: &str) -> usize {
    let own = entries.iter().enumerate().filter(|(_, entry)| !is_merge(entry));
    let keys: Vec<_> = own.filter_map(|(at, entry)| Some((at, entry.key.text()?))).collect();
    let sorted = keys.len() > 1 && keys.is_sorted_by(|(_, one), (_, next)| one < next);
    let next = keys.iter().find(|(_, other)| *other > key).filter(|_| sorted);
    next.map_or(entries.len(), |(at, _)| *at)
}

pub fn first(found: &Found) -> String {
    found.missing.first().cloned().unwrap_or_default()
}

/// `export NAME=value`, of which the name begins here.
fn is_exported(text: &str, start: usize) -> bool {
    lines::before(text, start).trim() == "export"
}

/// What stands before the keys of these entries: white space, or `export`.
pub fn indentation(text: &str, entries: &[Entry]) -> String {
    let starts = || entries.iter().map(|entry| entry.key.start());
    let alone = starts().find(|start| lines::begins_at(text, *start));
    match (alone, starts().next()) {
        (Some(start), _) => lines::before(text, start).to_owned(),
        // A word of the shell belongs to each line, as white space does.
        (None, Some(start)) if is_exported(text, start) => lines::before(text, start).to_owned(),
        (None, Some(start)) => " ".repeat(lines::column(text, start)),
        (None, None) => String::new(),
    }
}

/// A line of its own among the lines of a map.
pub fn line(at: &Surroundings, entries: &[Entry], found: &Found, value: &str) -> Edit {
    let text = at.text;
    let indent = indentation(text, entries);
    let entry = at.entry(&found.missing, value, entries, last_map(entries), &indent);
    let begins = |entry: &Entry| {
        let start = entry.key.start();
        lines::begins_at(text, start) || is_exported(text, start)
    };
    let before = position(entries, &first(found));
    let above = match (before, entries.first()) {
        (0, Some(first)) if begins(first) => {
            let start = above_comments(text, first.key.start());
            return Edit::insert(start, format!("{indent}{entry}{}", at.ending));
        }
        // The first key of an item stands behind the dash.
        (0, _) => entries.last(),
        _ => entries.get(before.saturating_sub(1)),
    };
    let end = above.map_or(text.len(), |above| {
        below_comments(text, lines::entry_end(text, above), indent.chars().count())
    });
    new_line(at, end, &format!("{indent}{entry}"))
}

/// Past a line, which the last line of a file may be without an end of its own.
pub fn new_line(at: &Surroundings, place: usize, line: &str) -> Edit {
    let before = at.text.get(..place).unwrap_or_default();
    match before.is_empty() || before == "\u{feff}" || before.ends_with('\n') {
        true => Edit::insert(place, format!("{line}{}", at.ending)),
        false => Edit::insert(place, format!("{}{line}", at.ending)),
    }
}

/// Past the line of this byte and the comments below it that are indented more than the keys: these
/// go on with the comment beside the value.
fn below_comments(text: &str, end: usize, indentation: usize) -> usize {
    let mut past = lines::past(text, end);
    while let Some(line) = text.get(past..).and_then(|rest| rest.lines().next()) {
        let comment = line.trim_start();
        let column = line.chars().count() - comment.chars().count();
        if !comment.starts_with('#') || column <= indentation {
            break;
        }
        past = lines::past(text, past);
    }
    past
}

/// Above the comments that stand directly above a key, unless they are the head of the file.
pub fn above_comments(text: &str, key: usize) -> usize {
    let own = lines::start(text, key);
    let mut start = own;
    while start > 0 {
        let above = lines::start(text, start - 1);
        let line = text.get(above..start).unwrap_or_default().trim();
        if !(line.starts_with('#') || line.starts_with("//")) {
            return start;
        }
        if above == start {
            break;
        }
        start = above;
    }
    own
}

/// Into a document without anything, or the last of a map without keys.
pub fn at_end(at: &Surroundings, found: &Found, value: &str) -> Edit {
    let entry = at.entry(&found.missing, value, &[], None, "");
    new_line(at, at.text.len(), &entry)
}
