//! The reference as a definition file, `imgctl.d.rhai`: what language servers of Rhai know functions by.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::entry::{Entry, Form, Parameter};
use super::written::sections;

/// What the language server of Rhai takes for words of the language: nothing may be called so. They are more than
/// those of Rhai, and without `print`, `eval` and others that are functions to it.
const RESERVED: &str = "as async await break case catch const continue default do else exit export false fn for go \
                        goto if import in let loop match module new nil null package private protected public return \
                        spawn static super switch sync thread throw true try until use var void while with yield";

/// Said at the head of the file, which begins with the line that makes it one.
const HEAD: &str = "\
module static;

// The functions of imgctl, made by `imgctl api --format rhai`. A name that the language server of Rhai takes for a
// word of the language has an underscore at its end here, and none in scripts:
";

/// Functions without a namespace first, then a block for each namespace and module.
#[must_use]
pub fn definitions(entries: &[Entry]) -> String {
    let (rest, plain): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| entry.is_of_namespace());
    // Writing to a String cannot fail.
    let mut text = String::from(HEAD);
    let renamed = renamed(entries);
    let _ = writeln!(text, "// {}.", renamed.into_iter().collect::<Vec<_>>().join(", "));
    for entry in plain {
        let _ = write!(text, "\n{}", one(entry, ""));
    }
    let rest: Vec<Entry> = rest.into_iter().cloned().collect();
    for (section, entries) in sections(&rest) {
        let _ = writeln!(text, "\nmodule {} {{", named(namespace(section)));
        let all: Vec<String> = entries.into_iter().map(|entry| one(entry, "    ")).collect();
        let _ = writeln!(text, "{}}}", all.join("\n"));
    }
    text
}

/// The name of a section's namespace.
fn namespace(section: &str) -> &str {
    section.strip_prefix("std/").unwrap_or(section)
}

pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.split(' ').any(|word| word == name)
}

/// A name as the file has it.
fn named(name: &str) -> String {
    if is_reserved(name) { format!("{name}_") } else { name.to_owned() }
}

/// Those that have another name in the file.
fn renamed(entries: &[Entry]) -> BTreeSet<String> {
    let of_entry = |entry: &Entry| {
        let is_path = entry.is_of_namespace();
        let (section, name) = (named(namespace(&entry.section)), named(&entry.name));
        let function = is_reserved(&entry.name).then(|| match is_path {
            true => format!("`{section}::{name}`"),
            false => format!("`{name}`"),
        });
        let module = (is_path && is_reserved(namespace(&entry.section)))
            .then(|| format!("the module `{section}`"));
        let parameters = entry.of.iter().chain(&entry.parameters);
        let parameters = parameters.filter(|it| is_reserved(&it.name));
        let parameters = parameters.map(|it| format!("parameters `{}`", named(&it.name)));
        function.into_iter().chain(module).chain(parameters).collect::<Vec<_>>()
    };
    entries.iter().flat_map(of_entry).collect()
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
    let _ = writeln!(
        text,
        "{margin}fn {get}{}({}) -> {returns};",
        named(&entry.name),
        parameters.join(", ")
    );
    text
}

fn parameter(parameter: &Parameter) -> String {
    let kinds: Vec<&str> = parameter.kinds.iter().map(|it| name(it)).collect();
    match kinds.is_empty() {
        true => format!("{}: ?", named(&parameter.name)),
        false => format!("{}: {}", named(&parameter.name), kinds.join(" | ")),
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
