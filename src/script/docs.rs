//! The API reference, made from the doc comments of the namespaces and of stdlib.

use std::path::Path;

use rhai::{Engine, FnAccess};

use super::api::{GLOBAL, NAMESPACES};
use super::compile::compile;
use super::engine::bare_engine;
pub use super::entry::{Entry, found, markdown, matching, overview};
use super::shipped::Shelf;
use super::sources::Sources;
use crate::Result;

/// The section of what Rhai has by itself.
const LANGUAGE: &str = "the language (Rhai)";

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
