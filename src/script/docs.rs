//! The API reference, made from the doc comments of the namespaces and of stdlib.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use rhai::{Engine, FnAccess};

use super::api::{GLOBAL, NAMESPACES};
use super::compile::compile;
use super::engine::bare_engine;
use super::shipped::Shelf;
use super::sources::Sources;
use crate::Result;

/// The section of what Rhai has by itself.
const LANGUAGE: &str = "the language (Rhai)";

/// One function, getter or method as scripts see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// `cloud`, `std/package`, or `host` for functions without a namespace.
    pub section: String,
    /// `cloud::up(options)`, `host.os`.
    pub signature: String,
    pub name: String,
    /// The doc comment as Markdown.
    pub text: String,
}

/// All entries, in the order of the reference: functions without a namespace, native namespaces,
/// stdlib.
pub fn entries() -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (name, module) in GLOBAL {
        let mut engine = Engine::new_raw();
        engine.register_global_module(module().into());
        entries.extend(native(&engine, name, false));
    }
    for (name, module) in NAMESPACES {
        let mut engine = Engine::new_raw();
        engine.register_static_module(*name, module().into());
        entries.extend(native(&engine, name, true));
    }
    let engine = bare_engine();
    for name in Shelf::Stdlib.names(Path::new(""))? {
        if let Some(source) = Shelf::Stdlib.find(Path::new(""), &name)? {
            let ast = compile(&engine, &Sources::default(), &source)?;
            let mut found: Vec<Entry> = ast
                .iter_functions()
                // Closures are functions to Rhai, too.
                .filter(|function| function.access == FnAccess::Public)
                .filter(|function| !function.name.starts_with("anon$"))
                .map(|function| Entry {
                    section: format!("std/{name}"),
                    signature: format!("{name}::{}({})", function.name, function.params.join(", ")),
                    name: function.name.to_string(),
                    text: comment_text(&function.comments),
                })
                .collect();
            found.sort();
            entries.extend(found);
        }
    }
    Ok(entries)
}

/// The functions of the language itself, one of each name and parameters.
#[must_use]
pub fn of_language() -> Vec<Entry> {
    let all = native(&Engine::new(), LANGUAGE, false);
    let is_word = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let mut entries: Vec<Entry> =
        all.into_iter().filter(|it| is_word(&it.name) && !it.text.is_empty()).collect();
    entries.dedup_by(|a, b| a.signature == b.signature);
    entries
}

fn native(engine: &Engine, section: &str, namespaced: bool) -> Vec<Entry> {
    let collected = engine.collect_fn_metadata(
        None,
        |info| {
            let metadata = info.metadata;
            let parameters: Vec<String> =
                metadata.params_info.iter().map(ToString::to_string).collect();
            let text = comment_text(&metadata.comments);
            Some((metadata.name.to_string(), parameters, text))
        },
        // Other engines here have no standard library.
        true,
    );
    let mut entries: Vec<Entry> = collected
        .into_iter()
        .filter(|(name, ..)| !name.starts_with("set$"))
        .map(|(name, parameters, text)| {
            let (name, signature) = signature(section, namespaced, &name, &parameters);
            Entry { section: section.to_string(), signature, name, text }
        })
        .collect();
    entries.sort();
    entries.dedup();
    entries
}

/// The call as a script writes it, without the context that Rust functions take first.
fn signature(
    section: &str,
    namespaced: bool,
    name: &str,
    parameters: &[String],
) -> (String, String) {
    let names: Vec<&str> = parameters
        .iter()
        .filter(|parameter| !parameter.contains("NativeCallContext"))
        .filter_map(|parameter| parameter.split(':').next())
        .map(str::trim)
        .collect();
    if let Some(property) = name.strip_prefix("get$") {
        let value = names.first().copied().unwrap_or("value");
        return (property.to_string(), format!("{value}.{property}"));
    }
    let shown = match names.split_first() {
        _ if namespaced => format!("{section}::{name}({})", names.join(", ")),
        Some((value, rest)) if ["host", "list", "result"].contains(value) => {
            format!("{value}.{name}({})", rest.join(", "))
        }
        _ => format!("{name}({})", names.join(", ")),
    };
    (name.to_string(), shown)
}

fn comment_text<S: AsRef<str>>(comments: &[S]) -> String {
    let lines = comments.iter().flat_map(|comment| comment.as_ref().lines());
    let lines: Vec<&str> = lines
        .map(|line| line.trim_start().trim_start_matches("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_string()
}

fn sections(entries: &[Entry]) -> Vec<(&str, Vec<&Entry>)> {
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
    let mut text = String::from("# What scripts can call\n\nMade by `imgctl api --markdown`.\n");
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

/// One line for each entry that has a word in its name or in the first sentence of its text.
#[must_use]
pub fn found(entries: &[Entry], word: &str) -> String {
    if !word.contains(char::is_alphanumeric) {
        return String::new();
    }
    let word = word.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&word);
    let is_meant = |entry: &&Entry| has(&entry.signature) || has(summary(entry));
    overview(&entries.iter().filter(is_meant).cloned().collect::<Vec<_>>())
}

fn summary(entry: &Entry) -> &str {
    let text = &entry.text;
    // Paths and versions have dots, too.
    let end = text.find(". ").into_iter().chain(text.find(".\n")).chain(text.find("\n\n")).min();
    &text[..end.unwrap_or(text.len())]
}

/// The entries whose section, name or signature is `name`, with their whole text.
#[must_use]
pub fn matching(entries: &[Entry], name: &str) -> String {
    let wanted = name.replace("::", ".");
    let is_meant = |entry: &&Entry| {
        let plain = entry.signature.replace("::", ".");
        entry.section == name
            || entry.section.strip_prefix("std/") == Some(name)
            || entry.name == name
            || plain.split('(').next() == Some(wanted.as_str())
    };
    let mut text = String::new();
    for entry in entries.iter().filter(is_meant) {
        let _ = writeln!(text, "{}\n    {}\n", entry.signature, entry.text.replace('\n', "\n    "));
    }
    text
}
