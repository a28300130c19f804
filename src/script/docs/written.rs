//! The reference for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::entry::Entry;

/// The entries by their sections, in the order of the reference.
pub fn sections(entries: &[Entry]) -> Vec<(&str, Vec<&Entry>)> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_section: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if !by_section.contains_key(entry.section.as_str()) {
            order.push(&entry.section);
        }
        by_section.entry(&entry.section).or_default().push(entry);
    }
    order.into_iter().map(|name| (name, by_section.remove(name).unwrap_or_default())).collect()
}

/// The whole reference.
#[must_use]
pub fn markdown(entries: &[Entry]) -> String {
    let mut text =
        String::from("# What scripts can call\n\nMade by `imgctl api --format markdown`.\n");
    for (section, entries) in sections(entries) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {section}\n");
        for entry in entries {
            let _ = write!(text, "\n### `{}`\n\n{}\n", entry.signature, entry.text);
        }
    }
    text
}

/// One line for each entry.
#[must_use]
pub fn overview(entries: &[Entry]) -> String {
    let mut text = String::new();
    for (section, entries) in sections(entries) {
        let _ = writeln!(text, "{section}");
        for entry in entries {
            let first = entry.text.split(['\n', '.']).next().unwrap_or_default();
            let _ = writeln!(text, "  {:<44} {first}", entry.signature);
        }
    }
    text
}

/// One line for each entry that has all words in its name or in the first sentence of its text; if none has, in all
/// of its text.
#[must_use]
pub fn found(entries: &[Entry], words: &str) -> String {
    if !words.contains(char::is_alphanumeric) {
        return String::new();
    }
    let words = words.to_lowercase();
    let having = |text: fn(&Entry) -> &str| -> Vec<Entry> {
        let is_meant = |entry: &&Entry| {
            let text = format!("{} {}", entry.signature, text(entry)).to_lowercase();
            words.split_whitespace().all(|word| text.contains(word))
        };
        entries.iter().filter(is_meant).cloned().collect()
    };
    let found = having(summary);
    overview(&if found.is_empty() { having(|entry| &entry.text) } else { found })
}

/// The first sentence of an entry's text.
#[must_use]
pub fn summary(entry: &Entry) -> &str {
    let text = &entry.text;
    // Paths and versions have dots, too.
    let end = text.find(". ").into_iter().chain(text.find(".\n")).chain(text.find("\n\n")).min();
    &text[..end.unwrap_or(text.len())]
}

/// The entries whose section, name or signature is `name`, and the methods of what has that name, with their whole text.
#[must_use]
pub fn matching(entries: &[Entry], name: &str) -> String {
    let wanted = name.replace("::", ".");
    let is_meant = |entry: &&Entry| {
        let plain = entry.signature.replace("::", ".");
        entry.section == name
            || entry.section.strip_prefix("std/") == Some(name)
            || entry.name == name
            || plain.split('(').next() == Some(wanted.as_str())
            || plain.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    let mut text = String::new();
    for entry in entries.iter().filter(is_meant) {
        let _ = writeln!(text, "{}\n    {}\n", entry.signature, entry.text.replace('\n', "\n    "));
    }
    text
}
