//! The reference as a definition file, `imgctl.d.rhai`: what language servers of Rhai know functions by.

use std::fmt::Write;

use super::entry::{Entry, Form, Parameter};
use super::written::sections;

/// Functions without a namespace first, then a block for each namespace and module.
#[must_use]
pub fn definitions(entries: &[Entry]) -> String {
    let (rest, plain): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| entry.is_of_namespace());
    // Writing to a String cannot fail.
    let mut text = String::from("module static;\n");
    for entry in plain {
        let _ = write!(text, "\n{}", one(entry, ""));
    }
    let rest: Vec<Entry> = rest.into_iter().cloned().collect();
    for (section, entries) in sections(&rest) {
        let name = section.strip_prefix("std/").unwrap_or(section);
        let _ = writeln!(text, "\nmodule {name} {{");
        let all: Vec<String> = entries.into_iter().map(|entry| one(entry, "    ")).collect();
        let _ = writeln!(text, "{}}}", all.join("\n"));
    }
    text
}

fn one(entry: &Entry, margin: &str) -> String {
    let mut text = String::new();
    for line in entry.text.lines() {
        let line = format!("{margin}/// {line}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let parameters: Vec<String> = entry.of.iter().chain(&entry.parameters).map(parameter).collect();
    // A property is a function of the value before the dot.
    let get = if entry.form == Form::Property { "get " } else { "" };
    let returns = entry.returns.as_deref().map_or("?", name);
    let _ =
        writeln!(text, "{margin}fn {get}{}({}) -> {returns};", entry.name, parameters.join(", "));
    text
}

fn parameter(parameter: &Parameter) -> String {
    let kinds: Vec<&str> = parameter.kinds.iter().map(|it| name(it)).collect();
    match kinds.is_empty() {
        true => format!("{}: ?", parameter.name),
        false => format!("{}: {}", parameter.name, kinds.join(" | ")),
    }
}

/// A type as definitions call it.
fn name(kind: &str) -> &str {
    match kind {
        "i64" => "int",
        "f64" => "float",
        other => other,
    }
}
