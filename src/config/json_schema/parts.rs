//! Parts of the schema that several of its places have.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::loose::LATER;

/// Own values: any keys at any depth.
pub const OWN: &str =
    "Values of your own: any key at any depth. Scripts read them by `config::get(\"vars.KEY\")`.";

/// A map with keys of the user's.
pub fn own(description: &str) -> Value {
    json!({"description": description, "type": ["object", "null"]})
}

/// A map, by names of the user's.
pub fn by_name(description: &str, each: &Value) -> Value {
    json!({
        "description": description,
        "type": ["object", "null"],
        "additionalProperties": each,
    })
}

/// Settings of the structure, which name one of others.
pub fn name(description: &str, known: &BTreeSet<&str>) -> Value {
    match known.is_empty() {
        true => json!({"description": description, "type": ["string", "null"]}),
        false => json!({
            "description": description,
            "anyOf": [{"enum": known}, {"$ref": LATER}],
        }),
    }
}
