//! A missing key, where it belongs.

use super::edit::{self, Edit};
use super::find::Found;
use super::format::Format;
use super::new_line::{at_end, first, indentation, line, new_line, position};
use super::refusal::Refusal;
use super::render::{Surroundings, last_map};
use super::{lines, tables};
use crate::config::yaml::outline::{Entry, Kind, Layout, Node};

/// The edits that add what is missing.
///
/// # Errors
/// A place where nothing can be added.
pub fn edits(text: &str, format: Format, found: &Found, value: &str) -> Result<Vec<Edit>, Refusal> {
    let at = Surroundings::of(text, format, found);
    match &found.node.kind {
        Kind::Map(entries, Layout::Block) if format == Format::Toml => {
            tables::edits(&at, entries, found, value)
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
