//! What an edit may do: change the value at the path, and nothing else.

use std::ops::Range;

use super::find::Found;
use crate::config::yaml::outline::{Entry, Kind, Node};

/// Whether the documents after an edit are those before it, but for the value at the path.
pub fn only_the_path(before: &[Node], after: &[Node], found: &Found, value: &str) -> bool {
    let mut goals = 0;
    let same = before.len() == after.len()
        && before.iter().zip(after).all(|(one, other)| same(one, other, found, value, &mut goals));
    same && goals == 1
}

fn same(before: &Node, after: &Node, found: &Found, value: &str, goals: &mut usize) -> bool {
    if !same_properties(before, after) {
        return false;
    }
    if std::ptr::eq(before, found.node) {
        *goals += 1;
        return reached(before, after, &found.missing, value);
    }
    match (&before.kind, &after.kind) {
        (Kind::Scalar(one, style), Kind::Scalar(other, after)) => one == other && style == after,
        (Kind::Alias(one), Kind::Alias(other)) => one == other,
        (Kind::List(one, layout), Kind::List(other, after)) => {
            layout == after
                && one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| same(one, other, found, value, goals))
        }
        (Kind::Map(one, layout), Kind::Map(other, after)) => {
            layout == after && same_entries(one, other, found, value, goals)
        }
        _ => false,
    }
}

fn same_entries(
    before: &[Entry],
    after: &[Entry],
    found: &Found,
    value: &str,
    goals: &mut usize,
) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).all(|(one, other)| {
            same(&one.key, &other.key, found, value, goals)
                && same(&one.value, &other.value, found, value, goals)
        })
}

fn same_properties(before: &Node, after: &Node) -> bool {
    let name = |node: &Node| node.anchor.as_ref().map(|anchor| (anchor.id, anchor.name.clone()));
    let tag = |node: &Node| node.tag.as_ref().map(|(tag, _)| tag.clone());
    name(before) == name(after) && tag(before) == tag(after)
}

/// Whether the place of the edit has become what it should.
fn reached(before: &Node, after: &Node, missing: &[String], value: &str) -> bool {
    if missing.is_empty() {
        return after.text() == Some(value);
    }
    let (Kind::Map(new, _), old) = (&after.kind, before.entries()) else { return false };
    if new.len() != old.len() + 1 {
        return false;
    }
    let alike = |(one, other): (&Entry, &Entry)| {
        // Nothing below this map is the place of the edit.
        let (missing, trail) = (Vec::new(), Vec::new());
        let nowhere = Found { node: before, missing, entry: None, in_flow: false, trail };
        let mut goals = 0;
        same_entries(
            std::slice::from_ref(one),
            std::slice::from_ref(other),
            &nowhere,
            value,
            &mut goals,
        )
    };
    let at = old.iter().zip(new).take_while(|(one, other)| alike((one, other))).count();
    let rest_is_alike = old.iter().skip(at).zip(new.iter().skip(at + 1)).all(alike);
    rest_is_alike && new.get(at).is_some_and(|entry| is_chain(entry, missing, value))
}

/// Whether an entry is only this path to this value.
fn is_chain(entry: &Entry, keys: &[String], value: &str) -> bool {
    let [first, below @ ..] = keys else { return false };
    let is_bare = |node: &Node| node.anchor.is_none() && node.tag.is_none();
    if entry.key.text() != Some(first) || !is_bare(&entry.key) || !is_bare(&entry.value) {
        return false;
    }
    match (&entry.value.kind, below) {
        (Kind::Scalar(text, _), []) => text == value,
        (Kind::Map(inner, _), [_, ..]) => {
            matches!(&inner[..], [only] if is_chain(only, below, value))
        }
        _ => false,
    }
}

/// Whether only lines of this part of the text differ: `bytes` are of the text before.
pub fn only_these_lines(before: &str, after: &str, bytes: &Range<usize>) -> bool {
    let above = before.get(..bytes.start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let rest = before.get(bytes.end..).unwrap_or_default();
    let below = rest.find('\n').map_or("", |line| &rest[line + 1..]);
    before.get(..above) == after.get(..above)
        && after.len() >= above + below.len()
        && after.ends_with(below)
}
