//! What every setting may be besides its own type: nothing, or text with variables that are filled in later.

use serde_json::{Map, Value, json};

/// The definition of what may stand in place of a value that is one of several.
pub const LATER: &str = "#/definitions/later";

const VARIABLE: &str = r"\$\{|\$\$";

/// The definition itself.
pub fn later() -> Value {
    json!({"anyOf": [{"type": "null"}, {"type": "string", "pattern": VARIABLE}]})
}

/// The schema of a value as config.yaml may have it, from that of the value once it is read.
pub fn loosen(schema: Value) -> Value {
    let Value::Object(mut schema) = schema else { return schema };
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(loosen_in_place);
    }
    for below in ["items", "additionalProperties"] {
        if let Some(value) = schema.get_mut(below) {
            loosen_in_place(value);
        }
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = in_words(text);
    }
    if schema.get("default").is_some_and(|it| !is_of_use(it)) {
        schema.remove("default");
    }
    // A number may come from a variable, and so be text: its form says so better.
    schema.remove("format");
    match schema.contains_key("type") && !schema.contains_key("enum") {
        true => typed(&mut schema),
        false => one_of_several(&mut schema),
    }
    Value::Object(schema)
}

fn loosen_in_place(schema: &mut Value) {
    *schema = loosen(schema.take());
}

/// Doc comments are written for those who read the source.
fn in_words(text: &str) -> String {
    text.replace("None: ", "Without it: ").replace("Empty: ", "If it is empty: ")
}

/// Whether it tells a reader something in the form in which it would be written.
fn is_of_use(default: &Value) -> bool {
    match default {
        Value::Bool(_) | Value::Number(_) => true,
        // The second are times as a standard writes them.
        Value::String(text) => !text.is_empty() && !text.starts_with("PT"),
        _ => false,
    }
}

/// A schema whose `type` says what a value is: further types are added to it, so that an editor has one
/// schema to complete from and to report by.
fn typed(schema: &mut Map<String, Value>) {
    let types = schema.remove("type").unwrap_or_default();
    let mut types: Vec<Value> = match types {
        Value::Array(types) => types,
        one => vec![one],
    };
    let has = |types: &[Value], name: &str| types.iter().any(|it| it == name);
    let is_optional = has(&types, "null");
    let is_any_text = has(&types, "string") && !schema.contains_key("pattern");
    if !is_any_text {
        let mut forms: Vec<String> = Vec::new();
        if let Some(Value::String(own)) = schema.remove("pattern") {
            forms.push(format!("(?:{own})"));
        }
        if has(&types, "boolean") {
            forms.push(r"^\s*(?:true|false)\s*$".to_owned());
        }
        if has(&types, "integer") || has(&types, "number") {
            forms.push(r"^\s*[+-]?[0-9]+(?:\.[0-9]+)?\s*$".to_owned());
        }
        if is_optional {
            forms.push("^$".to_owned());
        }
        forms.push(VARIABLE.to_owned());
        schema.insert("pattern".to_owned(), forms.join("|").into());
    }
    for more in ["string", "null"] {
        if !has(&types, more) {
            types.push(more.into());
        }
    }
    schema.insert("type".to_owned(), types.into());
}

/// A schema that lists what a value may be.
fn one_of_several(schema: &mut Map<String, Value>) {
    const LISTS: [&str; 3] = ["anyOf", "oneOf", "enum"];
    let mut choices: Vec<Value> = Vec::new();
    let mut is_optional = false;
    for list in LISTS {
        let Some(Value::Array(found)) = schema.remove(list) else { continue };
        if list == "enum" {
            is_optional |= found.contains(&Value::Null);
            choices.push(json!({"enum": found}));
            schema.remove("type");
            continue;
        }
        for choice in found {
            match choice.get("type") == Some(&Value::from("null")) {
                true => is_optional = true,
                false => choices.push(inner(choice)),
            }
        }
    }
    if choices.is_empty() {
        return;
    }
    if is_optional {
        choices.push(json!({"const": ""}));
    }
    choices.push(json!({"$ref": LATER}));
    schema.insert("anyOf".to_owned(), choices.into());
}

/// A choice among several. What is itself a list of words stays one; a map has settings of its own.
fn inner(choice: Value) -> Value {
    let is_words = ["oneOf", "anyOf", "enum", "const"].iter().any(|it| choice.get(it).is_some());
    if is_words { choice } else { loosen(choice) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_be_unset_or_come_from_a_variable() {
        let number = loosen(json!({"type": "integer", "minimum": 1}));
        assert_eq!(number["type"], json!(["integer", "string", "null"]));
        assert_eq!(number["minimum"], 1);
        let text = loosen(json!({"type": "string"}));
        assert_eq!(text, json!({"type": ["string", "null"]}));
        let word = loosen(json!({"enum": ["a"], "type": "string"}));
        assert_eq!(word, json!({"anyOf": [{"enum": ["a"]}, {"$ref": LATER}]}));
    }
}
