//! A missing key, where it belongs.

use super::edit::{self, Edit};
use super::find::{Found, is_merge};
use super::format::Format;
use super::refusal::Refusal;
use super::render::{Surroundings, last_map};
use super::{lines, quote};
use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

/// The edits that add what is missing.
///
/// # Errors
/// A place where nothing can be added.
pub fn edits(text: &str, format: Format, found: &Found, value: &str) -> Result<Vec<Edit>, Refusal> {
    let at = Surroundings::of(text, format, found);
    match &found.node.kind {
        Kind::Map(entries, Layout::Block) if format == Format::Toml => {
            toml_table(&at, entries, found, value)
        }
        Kind::Map(entries, Layout::Block) if !entries.is_empty() => {
            Ok(vec![line(&at, entries, found, value)])
        }
        Kind::Map(_, Layout::Block) => Ok(vec![at_end(&at, found, value)]),
        Kind::Map(entries, Layout::Flow) => Ok(between_braces(&at, entries, found, value)),
        _ if found.entry.is_some() => Ok(below_key(&at, found, value)),
        _ if format == Format::Yaml && found.node.is_left_out() => {
            Ok(vec![at_end(&at, found, value)])
        }
        _ => {
            let at = found.node.bytes.clone();
            Err(Refusal::new("there is no map to add the key to", at).hint("add the map by hand"))
        }
    }
}

/// Before which entry a key belongs: by its order where the keys are sorted, else at the end.
fn position(entries: &[Entry], key: &str) -> usize {
    let own = entries.iter().enumerate().filter(|(_, entry)| !is_merge(entry));
    let keys: Vec<_> = own.filter_map(|(at, entry)| Some((at, entry.key.text()?))).collect();
    let sorted = keys.len() > 1 && keys.is_sorted_by(|(_, one), (_, next)| one < next);
    let next = keys.iter().find(|(_, other)| *other > key).filter(|_| sorted);
    next.map_or(entries.len(), |(at, _)| *at)
}

fn first(found: &Found) -> String {
    found.missing.first().cloned().unwrap_or_default()
}

/// `export NAME=value`, of which the name begins here.
fn is_exported(text: &str, start: usize) -> bool {
    lines::before(text, start).trim() == "export"
}

/// What stands before the keys of these entries: white space, or `export`.
fn indentation(text: &str, entries: &[Entry]) -> String {
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
fn line(at: &Surroundings, entries: &[Entry], found: &Found, value: &str) -> Edit {
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
fn new_line(at: &Surroundings, place: usize, line: &str) -> Edit {
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
fn above_comments(text: &str, key: usize) -> usize {
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
fn at_end(at: &Surroundings, found: &Found, value: &str) -> Edit {
    let entry = at.entry(&found.missing, value, &[], None, "");
    new_line(at, at.text.len(), &entry)
}

/// Into a table of TOML: among its own lines, which come before the tables in it, or for a path of
/// several keys that begins at the top as a table at the end.
fn toml_table(
    at: &Surroundings,
    entries: &[Entry],
    found: &Found,
    value: &str,
) -> Result<Vec<Edit>, Refusal> {
    let is_own = |entry: &&Entry| {
        !matches!(entry.value.kind, Kind::Map(_, Layout::Block) | Kind::List(_, Layout::Block))
    };
    let own: Vec<Entry> = entries.iter().filter(is_own).cloned().collect();
    let header = &found.node.bytes;
    if found.entry.is_none() && *header == (0..at.text.len()) {
        if let [tables @ .., last] = &found.missing[..]
            && !tables.is_empty()
        {
            let names = tables.iter().map(|name| quote::key(at.format, name, Style::Plain, false));
            let names = names.collect::<Vec<_>>().join(".");
            let line = at.entry(std::slice::from_ref(last), value, &[], None, "");
            let gap = if at.text.trim().is_empty() { "" } else { at.ending };
            return Ok(vec![new_line(
                at,
                at.text.len(),
                &format!("{gap}[{names}]{}{line}", at.ending),
            )]);
        }
        if own.is_empty() && !entries.is_empty() {
            return Err(Refusal::new("a value at the top belongs before all tables", 0..0));
        }
        if own.is_empty() {
            return Ok(vec![at_end(at, found, value)]);
        }
    }
    if own.is_empty() {
        let entry = at.entry(&found.missing, value, &[], None, "");
        return Ok(vec![new_line(at, lines::past(at.text, header.end), &entry)]);
    }
    Ok(vec![line(at, &own, found, value)])
}

/// As the value of a key that has none.
fn below_key(at: &Surroundings, found: &Found, value: &str) -> Vec<Edit> {
    let text = at.text;
    let (map, key) = match found.entry {
        Some((map, entry)) => (map.entries(), &entry.key),
        None => (&[][..], found.node),
    };
    let indent = match lines::begins_at(text, key.start()) {
        true => lines::before(text, key.start()).to_owned(),
        false => " ".repeat(lines::column(text, key.start())),
    };
    let written = at.map(&found.missing, value, last_map(map), &indent);
    let Some(lines_below) = written.strip_prefix(at.ending) else {
        return vec![edit::fill_in(text, at.format, found, &written)];
    };
    let end = found.entry.map_or(found.node.end(), |(_, entry)| lines::entry_end(text, entry));
    let mut edits = Vec::new();
    if !found.node.is_left_out() {
        // `key: ~`
        let before = text.get(..found.node.bytes.start).unwrap_or_default();
        edits.push(Edit {
            bytes: before.trim_end().len()..found.node.bytes.end,
            text: String::new(),
        });
    }
    edits.push(new_line(at, lines::past(text, end), lines_below));
    edits
}

fn between_braces(at: &Surroundings, entries: &[Entry], found: &Found, value: &str) -> Vec<Edit> {
    let (text, map) = (at.text, found.node);
    let close = map.bytes.end.saturating_sub(1);
    let render = |indent: &str| at.entry(&found.missing, value, entries, last_map(entries), indent);
    let before = position(entries, &first(found));
    let (Some(head), Some(last)) = (entries.first(), entries.last()) else {
        return vec![into_empty_braces(at, map, close, &render)];
    };
    let begins = |entry: &Entry| lines::begins_at(text, entry.key.start());
    let indent = indentation(text, entries);
    let Some(above) = before.checked_sub(1).and_then(|above| entries.get(above)) else {
        let start = head.key.start();
        let comma = if has_comma(text, head, close) || at.format != Format::Hcl { "," } else { "" };
        return vec![match begins(head) {
            true => Edit::insert(start, format!("{}{comma}{}{indent}", render(&indent), at.ending)),
            false => Edit::insert(start, format!("{}, ", render(&indent))),
        }];
    };
    let end = lines::entry_end(text, above);
    let next = entries.get(before);
    let start = next.map_or(close, |next| next.key.start());
    let ends_line = text.get(end..start).is_some_and(|between| between.contains('\n'));
    let is_last = std::ptr::eq(above, last);
    match (begins(above), ends_line) {
        (true, true) => {
            let comma = has_comma(text, above, close);
            let entry = format!("{indent}{}", render(&indent));
            let trailing = if comma { "," } else { "" };
            let line =
                Edit::insert(lines::past(text, end), format!("{entry}{trailing}{}", at.ending));
            match comma || at.format == Format::Hcl {
                true => vec![line],
                false => vec![Edit::insert(end, ","), line],
            }
        }
        (true, false) if is_last && entries.len() > 1 => {
            vec![Edit::insert(end, format!(",{}{indent}{}", at.ending, render(&indent)))]
        }
        (false, true) if next.is_some_and(begins) => {
            let comma = if has_comma(text, above, close) { "," } else { "" };
            vec![Edit::insert(start, format!("{}{comma}{}{indent}", render(&indent), at.ending))]
        }
        _ => vec![Edit::insert(end, format!("{}{}", separator(text, entries), render(&indent)))],
    }
}

fn into_empty_braces(
    at: &Surroundings,
    map: &Node,
    close: usize,
    render: &dyn Fn(&str) -> String,
) -> Edit {
    let open = map.bytes.start + 1;
    let inside = at.text.get(open..close).unwrap_or_default();
    let Surroundings { ending, step, .. } = at;
    if inside.contains('\n') {
        let outer = lines::before(at.text, close);
        let outer = if outer.trim().is_empty() { outer } else { "" };
        let indent = format!("{outer}{}", " ".repeat(*step));
        let line = format!("{indent}{}{ending}", render(&indent));
        return Edit::insert(lines::start(at.text, close), line);
    }
    let pad = if inside.is_empty() && at.format != Format::Hcl { "" } else { " " };
    Edit { bytes: open..close, text: format!("{pad}{}{pad}", render("")) }
}

fn has_comma(text: &str, entry: &Entry, close: usize) -> bool {
    let rest = text.get(lines::entry_end(text, entry)..close).unwrap_or_default();
    rest.trim_start_matches([' ', '\t']).starts_with(',')
}

/// What stands between the entries on one line.
fn separator<'t>(text: &'t str, entries: &[Entry]) -> &'t str {
    let gaps = entries.windows(2).filter_map(|pair| match pair {
        [one, next] => text.get(lines::entry_end(text, one)..next.key.start()),
        _ => None,
    });
    let mut plain =
        gaps.filter(|gap| gap.starts_with(',') && gap[1..].trim_matches(' ').is_empty());
    let colon = |entry: &Entry| text.get(entry.key.end()..entry.value.start()) == Some(":");
    plain.next().unwrap_or(if entries.iter().all(colon) { "," } else { ", " })
}
