//! The API reference, made from the doc comments of the namespaces and of stdlib.

mod definitions;
mod entry;
mod json;
mod keywords;
mod written;

use std::collections::BTreeSet;
use std::path::Path;

use rhai::{Engine, FnAccess, ScriptFnMetadata};

use super::api::{GLOBAL, NAMESPACES};
use super::check::kind;
use super::compile::compile;
use super::engine::bare_engine;
use super::shipped::Shelf;
use super::sources::Sources;
use crate::Result;

pub use self::definitions::definitions;
pub use self::entry::{Entry, Form, Parameter};
pub use self::json::json;
pub use self::written::{found, markdown, matching, overview, summary};

/// The section of what Rhai has by itself.
const LANGUAGE: &str = "the language (Rhai)";

/// All entries, in the order of the reference: functions without a namespace, native namespaces,
/// stdlib.
pub fn entries() -> Result<Vec<Entry>> {
    let mut entries = natives();
    let engine = bare_engine();
    for name in Shelf::Stdlib.names(Path::new(""))? {
        if let Some(source) = Shelf::Stdlib.find(Path::new(""), &name)? {
            let ast = compile(&engine, &Sources::default(), &source)?;
            let mut found: Vec<Entry> = ast
                .iter_functions()
                // Closures are functions to Rhai, too.
                .filter(|function| function.access == FnAccess::Public)
                .filter(|function| !function.name.starts_with("anon$"))
                .map(|function| of_script(&name, &function))
                .collect();
            found.sort();
            entries.extend(found);
        }
    }
    Ok(entries)
}

/// The names that `imgctl api` knows functions by.
#[must_use]
pub fn names() -> BTreeSet<String> {
    let all = entries().unwrap_or_default().into_iter().chain(of_language());
    all.map(|entry| entry.name).collect()
}

/// Those that are not written in Rhai.
#[must_use]
pub fn natives() -> Vec<Entry> {
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
    entries
}

fn of_script(module: &str, function: &ScriptFnMetadata<'_>) -> Entry {
    let parameter = |name: &&str| Parameter { name: (*name).to_owned(), kinds: Vec::new() };
    Entry {
        section: format!("std/{module}"),
        signature: format!("{module}::{}({})", function.name, function.params.join(", ")),
        name: function.name.to_string(),
        text: comment_text(&function.comments),
        form: Form::Function,
        parameters: function.params.iter().map(parameter).collect(),
        of: None,
        returns: None,
    }
}

/// The functions of the language itself, one of each name and parameters.
#[must_use]
pub fn of_language() -> Vec<Entry> {
    let all = native(&Engine::new(), LANGUAGE, false);
    let is_word = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let mut entries: Vec<Entry> = all
        .into_iter()
        .filter(|it| is_word(&it.name) && !it.text.is_empty())
        // imgctl has its own in place of it.
        .filter(|it| it.name != "exit")
        .collect();
    entries.extend(keywords::entries(LANGUAGE, &entries));
    entries.sort();
    entries.dedup_by(|a, b| a.signature == b.signature);
    entries
}

fn native(engine: &Engine, section: &str, namespaced: bool) -> Vec<Entry> {
    let collected = engine.collect_fn_metadata(
        None,
        |info| {
            let metadata = info.metadata;
            let all = metadata.params_info.iter();
            let all = all.filter(|it| !it.contains("NativeCallContext"));
            let parameters: Vec<Parameter> = all.map(|it| parameter(it)).collect();
            let text = comment_text(&metadata.comments);
            let returns = kind::declared(&metadata.return_type);
            Some((metadata.name.to_string(), parameters, returns, text))
        },
        // Other engines here have no standard library.
        true,
    );
    let all = collected.into_iter().filter(|(name, ..)| !name.starts_with("set$"));
    let mut entries: Vec<Entry> = all
        .map(|(name, parameters, returns, text)| Entry {
            returns,
            text,
            ..entry(section, namespaced, &name, parameters)
        })
        .collect();
    entries.sort();
    entries.dedup_by(|again, first| {
        let is_same = again.signature == first.signature && again.text == first.text;
        if is_same {
            first.takes_also(again);
        }
        is_same
    });
    entries
}

/// `name: Type`, as Rust declares it.
fn parameter(declared: &str) -> Parameter {
    let (name, kind) = declared.split_once(':').unwrap_or((declared, ""));
    Parameter { name: name.trim().to_owned(), kinds: kind::declared(kind).into_iter().collect() }
}

/// The call as a script writes it.
fn entry(section: &str, namespaced: bool, name: &str, mut parameters: Vec<Parameter>) -> Entry {
    let property = name.strip_prefix("get$");
    let first = parameters.first().map_or("", |it| it.name.as_str());
    let is_method =
        property.is_some() || !namespaced && ["host", "list", "result"].contains(&first);
    let of = (is_method && !parameters.is_empty()).then(|| parameters.remove(0));
    let names: Vec<&str> = parameters.iter().map(|it| it.name.as_str()).collect();
    let names = names.join(", ");
    let value = of.as_ref().map_or("value", |it| it.name.as_str());
    let (form, signature) = match (property, &of) {
        (Some(property), _) => (Form::Property, format!("{value}.{property}")),
        _ if namespaced => (Form::Function, format!("{section}::{name}({names})")),
        (None, Some(_)) => (Form::Method, format!("{value}.{name}({names})")),
        (None, None) => (Form::Function, format!("{name}({names})")),
    };
    Entry {
        section: section.to_owned(),
        signature,
        name: property.unwrap_or(name).to_owned(),
        text: String::new(),
        form,
        parameters,
        of,
        returns: None,
    }
}

fn comment_text<S: AsRef<str>>(comments: &[S]) -> String {
    let lines = comments.iter().flat_map(|comment| comment.as_ref().lines());
    let lines: Vec<&str> = lines
        .map(|line| line.trim_start().trim_start_matches("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_string()
}

#[cfg(test)]
mod tests {
    use rhai::Token;

    use super::definitions::is_reserved;
    use super::{definitions, entries};
    use crate::script::api::known::CALLED_WITH;

    /// By the reference, so that a new function that calls a closure cannot be forgotten.
    #[test]
    fn all_functions_that_call_a_closure_are_known() {
        for entry in entries().unwrap() {
            if entry.section.starts_with("std/") || !entry.signature.contains("closure") {
                continue;
            }
            let name = match entry.signature.split_once("::") {
                Some((namespace, _)) => format!("{namespace}::{}", entry.name),
                None => entry.name.clone(),
            };
            let is_known = CALLED_WITH.iter().any(|(known, _)| *known == name);
            assert!(is_known, "api/known.rs lacks {}", entry.signature);
        }
    }

    /// The names that a line of a definition file defines.
    fn names(line: &str) -> Vec<&str> {
        let line = line.trim_start();
        if let Some(module) = line.strip_prefix("module ") {
            return module.split_whitespace().take(1).collect();
        }
        let Some((name, rest)) = line.strip_prefix("fn ").and_then(|it| it.split_once('(')) else {
            return Vec::new();
        };
        let name = name.strip_prefix("get ").unwrap_or(name);
        let parameters = rest.split(')').next().unwrap_or_default();
        let parameters = parameters.split(", ").filter_map(|it| Some(it.split_once(':')?.0));
        std::iter::once(name).chain(parameters).collect()
    }

    #[test]
    fn nothing_is_called_like_a_word_of_the_language() {
        let text = definitions(&entries().unwrap());
        // The first line is the language's own.
        let all: Vec<&str> = text.lines().skip(1).flat_map(names).collect();
        assert!(all.len() > 500, "only {} names", all.len());
        for name in all {
            assert!(!is_reserved(name), "{name}");
            let is_word = Token::lookup_symbol_from_syntax(name);
            assert!(is_word.is_none_or(|it| !it.is_standard_keyword()), "{name}");
        }
        for line in ["module package_ {", "    fn exit_(status: int)", "default_: "] {
            assert!(text.contains(line), "no {line:?}");
        }
        assert!(text.contains("the module `package_`") && text.contains("`task::exit_`"));
    }
}
