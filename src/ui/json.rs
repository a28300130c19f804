//! Events as one JSON object a line.

use serde_json::{Map, Value};

use super::event::Event;

/// `combination` is the chain it is of, where several run side by side. `text` cleans and redacts; it sees
/// the plain text, before JSON's own escapes.
pub fn render(
    event: &Event<'_>,
    combination: Option<&str>,
    text: &dyn Fn(&str) -> String,
) -> String {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let mut line = Map::from_iter([("time".to_owned(), Value::String(now))]);
    if let Some(combination) = combination {
        line.insert("combination".to_owned(), Value::String(combination.to_owned()));
    }
    // Events consist of strings, numbers and maps of strings, which always serialize.
    if let Ok(Value::Object(mut fields)) = serde_json::to_value(event) {
        fields.values_mut().for_each(|value| walk(value, text));
        line.extend(fields);
    }
    Value::Object(line).to_string()
}

pub(super) fn walk(value: &mut Value, text: &dyn Fn(&str) -> String) {
    match value {
        Value::String(string) => *string = text(string),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, text)),
        Value::Object(map) => map.values_mut().for_each(|item| walk(item, text)),
        _ => {}
    }
}
