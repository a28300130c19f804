//! The reference for programs.

use serde_json::{Value, json};

use super::entry::{Entry, Parameter};

/// One object a function: how it is called, its parameters with their types, and its text.
#[must_use]
pub fn json(entries: &[Entry]) -> String {
    let all: Vec<Value> = entries.iter().map(one).collect();
    format!("{:#}", json!({"version": env!("CARGO_PKG_VERSION"), "entries": all}))
}

fn one(entry: &Entry) -> Value {
    let parameter = |it: &Parameter| json!({"name": it.name, "types": it.kinds});
    json!({
        "section": entry.section,
        "name": entry.name,
        "form": entry.form.name(),
        "signature": entry.signature,
        "of": entry.of.as_ref().map(parameter),
        "parameters": entry.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "returns": entry.returns,
        "text": entry.text,
    })
}
