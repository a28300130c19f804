//! A missing key in TOML: in the lines of a table, among dotted keys, or in a table of its own.

use super::edit::Edit;
use super::find::Found;
use super::new_line::{above_comments, at_end, first, line, new_line, position};
use super::refusal::Refusal;
use super::render::Surroundings;
use super::{lines, quote};
use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

/// How a table is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Lines below a header.
    Header,
    /// Keys with dots in a table above it.
    Dotted,
    /// Headers of tables in it.
    Implied,
}

/// The edits that add what is missing: keys of a table come before the tables in it.
///
/// # Errors
/// A table that is not edited, for want of a place.
pub fn edits(
    at: &Surroundings,
    entries: &[Entry],
    found: &Found,
    value: &str,
) -> Result<Vec<Edit>, Refusal> {
    let own: Vec<Entry> = entries.iter().filter(|it| is_own(at.text, it)).cloned().collect();
    let is_root = found.entry.is_none() && found.node.bytes == (0..at.text.len());
    if is_root {
        return Ok(vec![match &found.missing[..] {
            [_, _, ..] => table(at, &found.missing, value),
            _ if !own.is_empty() => line(at, &own, found, value),
            _ if entries.is_empty() => at_end(at, found, value),
            _ => above_tables(at, entries, found, value),
        }]);
    }
    Ok(vec![match form(at.text, found.node) {
        Form::Dotted => beside_dotted(at, entries, found, value),
        Form::Implied => match &found.missing[..] {
            [_, _, ..] => table(at, &whole_path(found)?, value),
            _ => header_above(at, &whole_path(found)?, found, value),
        },
        Form::Header if own.is_empty() => {
            let entry = at.entry(&found.missing, value, &[], None, "");
            new_line(at, lines::past(at.text, found.node.bytes.end), &entry)
        }
        Form::Header => line(at, &own, found, value),
    }])
}

/// Whether it stands in the lines of the table that it is in.
fn is_own(text: &str, entry: &Entry) -> bool {
    match entry.value.kind {
        Kind::Map(_, Layout::Block) => form(text, &entry.value) == Form::Dotted,
        Kind::List(_, Layout::Block) => false,
        _ => true,
    }
}

fn form(text: &str, table: &Node) -> Form {
    let start = table.bytes.start;
    let own = text.get(start..).unwrap_or_default();
    if own.starts_with('[') {
        Form::Header
    } else if lines::before(text, start).trim_start().starts_with('[') {
        Form::Implied
    } else {
        Form::Dotted
    }
}

/// Keys with dots between them.
fn dotted(at: &Surroundings, keys: &[String]) -> String {
    let keys = keys.iter().map(|key| quote::key(at.format, key, Style::Plain, false));
    keys.collect::<Vec<_>>().join(".")
}

/// A table of its own at the end of the file, with one line.
fn table(at: &Surroundings, path: &[String], value: &str) -> Edit {
    let gap = if at.text.trim().is_empty() { "" } else { at.ending };
    new_line(at, at.text.len(), &format!("{gap}{}", with_header(at, path, value)))
}

/// The header of a table and its one line.
fn with_header(at: &Surroundings, path: &[String], value: &str) -> String {
    let (line, tables) = match path {
        [tables @ .., last] => (std::slice::from_ref(last), tables),
        [] => (path, path),
    };
    let line = at.entry(line, value, &[], None, "");
    format!("[{}]{}{line}", dotted(at, tables), at.ending)
}

/// Above the first of the tables in it.
fn header_above(at: &Surroundings, path: &[String], found: &Found, value: &str) -> Edit {
    let first = lines::start(at.text, found.node.bytes.start);
    let written = with_header(at, path, value);
    Edit::insert(above_comments(at.text, first), format!("{written}{}{}", at.ending, at.ending))
}

/// The path of a new value from the top, as headers have it.
fn whole_path(found: &Found) -> Result<Vec<String>, Refusal> {
    let above = found.trail.split_last().map_or(&[][..], |(_, above)| above);
    let keys: Option<Vec<String>> = above.iter().map(|(_, key)| key.clone()).collect();
    let mut keys = keys.ok_or_else(|| {
        let why = "the table has no header of its own, and is in an array of tables";
        Refusal::new(why, found.node.start()..found.node.start())
            .hint("add the header of the table by hand")
    })?;
    keys.extend(found.missing.iter().cloned());
    Ok(keys)
}

/// Above the first header of a file that has nothing above it, but comments.
fn above_tables(at: &Surroundings, entries: &[Entry], found: &Found, value: &str) -> Edit {
    let headers = entries.iter().map(|entry| first_byte(&entry.value));
    let header = lines::start(at.text, headers.min().unwrap_or_default());
    let entry = at.entry(&found.missing, value, &[], None, "");
    let place = above_comments(at.text, header);
    Edit::insert(place, format!("{entry}{}{}", at.ending, at.ending))
}

/// Of all that is in a table, with itself.
fn first_byte(node: &Node) -> usize {
    node.children().into_iter().map(first_byte).fold(node.bytes.start, usize::min)
}

/// A line beside those that begin with the same dotted keys.
fn beside_dotted(at: &Surroundings, entries: &[Entry], found: &Found, value: &str) -> Edit {
    let text = at.text;
    let prefix = entries.first().map_or("", |entry| lines::before(text, entry.key.start()));
    let (last, tables) = match &found.missing[..] {
        [tables @ .., last] => (std::slice::from_ref(last), tables),
        [] => (&[][..], &[][..]),
    };
    let between = match dotted(at, tables) {
        keys if keys.is_empty() => keys,
        keys => format!("{keys}."),
    };
    let lead = format!("{prefix}{between}");
    let written = format!("{lead}{}", at.entry(last, value, entries, None, &lead));
    match position(entries, &first(found)).checked_sub(1).and_then(|above| entries.get(above)) {
        Some(above) => new_line(at, lines::past(text, lines::entry_end(text, above)), &written),
        None => {
            let head = entries.first().map_or(0, |entry| entry.key.start());
            Edit::insert(above_comments(text, head), format!("{written}{}", at.ending))
        }
    }
}
