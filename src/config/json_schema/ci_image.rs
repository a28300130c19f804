//! The settings of the CI image, which have no struct: the shipped values are their shape.

use serde_json::{Map, Value, json};

use super::loose::loosen;
use super::parts::by_name;
use crate::config::ci_image::{DISTRIBUTIONS, PROFILE, SHAPE};
use crate::config::ci_image_values::FORMS;
use crate::config::shape::ANY;

/// The definition that all places refer to.
pub const NAME: &str = "ci_image";

/// What may stand below `defaults`, a cloud, a region or a distribution.
pub fn settings() -> Value {
    let mut settings = of(&SHAPE);
    for form in &FORMS {
        let [item, setting] = form.path;
        let described = &mut settings["properties"][item]["properties"][setting];
        let described =
            if described["type"] == "array" { &mut described["items"] } else { described };
        described["pattern"] = form.pattern.into();
        // Digits without quotes are read as they are written.
        described["type"] = json!(["string", "integer"]);
    }
    let mut settings = loosen(settings);
    settings["type"] = json!(["object", "null"]);
    settings["properties"][PROFILE]["description"] =
        "A profile of `ci_image_profiles`, such as full or small.".into();
    settings
}

pub fn here() -> Value {
    json!({"$ref": format!("#/definitions/{NAME}")})
}

/// The section at the top.
pub fn section() -> Value {
    with_distributions("What the CI image contains: docs/ci-image.md lists it, item by item.", true)
}

pub fn profiles() -> Value {
    let profile = with_distributions("What differs in this profile.", false);
    by_name("Profiles of the CI image, by name: `ci_image.profile` chooses one.", &profile)
}

/// The settings by reference, and what differs for one distribution.
fn with_distributions(description: &str, may_choose: bool) -> Value {
    let keys = SHAPE.as_object().into_iter().flat_map(Map::keys);
    let keys = keys.filter(|key| may_choose || *key != PROFILE);
    let refers = |key: &String| json!({"$ref": format!("#/definitions/{NAME}/properties/{key}")});
    let mut properties: Map<String, Value> = keys.map(|key| (key.clone(), refers(key))).collect();
    let distributions = by_name("What differs for one distribution, by name.", &here());
    properties.insert(DISTRIBUTIONS.to_owned(), distributions);
    json!({
        "description": description,
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The schema of what may stand in place of a shipped value: `shape::check` in other words.
fn of(shape: &Value) -> Value {
    match shape {
        Value::Null => json!({}),
        Value::Bool(shipped) => json!({"type": "boolean", "default": shipped}),
        Value::Number(number) => {
            let kind = if number.is_f64() { "number" } else { "integer" };
            json!({"type": kind, "default": number})
        }
        Value::String(shipped) => json!({"type": "string", "default": shipped}),
        Value::Array(items) => {
            let item = match items.first() {
                // The first may have fewer keys than others.
                Some(Value::Object(_)) => json!({"type": "object"}),
                Some(first) => without_default(of(first)),
                None => json!({"type": "string"}),
            };
            json!({"type": "array", "items": item})
        }
        Value::Object(shape) if shape.is_empty() => json!({"type": "object"}),
        Value::Object(shape) => {
            let own = shape.iter().filter(|(key, _)| *key != ANY);
            let properties: Map<String, Value> =
                own.map(|(key, value)| (key.clone(), of(value))).collect();
            let more = shape.get(ANY).map_or(Value::Bool(false), |any| without_default(of(any)));
            json!({"type": "object", "properties": properties, "additionalProperties": more})
        }
    }
}

fn without_default(mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("default");
    }
    schema
}
