//! TOML.

use std::ops::Range;

use toml_edit::{Document, Item, Key, Table, Value};

use super::refusal::Refusal;
use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

/// The document as one map; a table with a header is a map of lines, one between braces is not.
///
/// # Errors
/// What is not TOML.
pub fn read(text: &str) -> Result<Node, Refusal> {
    let document = Document::parse(text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        Refusal::new(error.message().lines().next().unwrap_or_default(), at)
    })?;
    let mut root = table(text, document.as_table());
    root.bytes = 0..text.len();
    Ok(root)
}

fn node(bytes: Range<usize>, kind: Kind) -> Node {
    Node { bytes, anchor: None, tag: None, kind }
}

/// The bytes are those of the header; without one, of all that its dotted keys have.
fn table(text: &str, table: &Table) -> Node {
    let names = table.iter().map(|(name, _)| name);
    let entries = names.filter_map(|name| {
        let (name, item) = table.get_key_value(name)?;
        let value = match item {
            Item::None => return None,
            Item::Value(inner) => value(text, inner),
            Item::Table(inner) => self::table(text, inner),
            Item::ArrayOfTables(items) => {
                let bytes = items.span().unwrap_or_default();
                let items = items.iter().map(|item| self::table(text, item));
                node(bytes, Kind::List(items.collect(), Layout::Block))
            }
        };
        Some(Entry { key: key(text, name), value })
    });
    let entries: Vec<Entry> = entries.collect();
    let bytes = if table.is_dotted() { reach(&entries) } else { table.span().unwrap_or_default() };
    node(bytes, Kind::Map(entries, Layout::Block))
}

/// From the first key to the last value.
fn reach(entries: &[Entry]) -> Range<usize> {
    let start = entries.iter().map(|entry| entry.key.bytes.start).min();
    let end = entries.iter().map(|entry| entry.value.bytes.end).max();
    start.unwrap_or_default()..end.unwrap_or_default()
}

fn key(text: &str, key: &Key) -> Node {
    let bytes = key.span().unwrap_or_default();
    let style = quotes(text, &bytes);
    node(bytes, Kind::Scalar(key.get().to_owned(), style))
}

fn quotes(text: &str, bytes: &Range<usize>) -> Style {
    match text.get(bytes.clone()).and_then(|written| written.chars().next()) {
        Some('"') => Style::Double,
        Some('\'') => Style::Single,
        _ => Style::Plain,
    }
}

fn value(text: &str, value: &Value) -> Node {
    let bytes = value.span().unwrap_or_default();
    let kind = match value {
        Value::String(inner) => Kind::Scalar(inner.value().clone(), quotes(text, &bytes)),
        Value::Array(items) => {
            Kind::List(items.iter().map(|item| self::value(text, item)).collect(), Layout::Flow)
        }
        Value::InlineTable(inner) => {
            let names = inner.iter().map(|(name, _)| name);
            let entries = names.filter_map(|name| {
                let (name, item) = inner.get_key_value(name)?;
                Some(Entry { key: key(text, name), value: self::value(text, item.as_value()?) })
            });
            let entries: Vec<Entry> = entries.collect();
            if inner.is_dotted() {
                return node(reach(&entries), Kind::Map(entries, Layout::Flow));
            }
            Kind::Map(entries, Layout::Flow)
        }
        _ => Kind::Scalar(text.get(bytes.clone()).unwrap_or_default().to_owned(), Style::Plain),
    };
    node(bytes, kind)
}
