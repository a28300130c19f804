//! Events as one JSON object a line.

use serde_json::{Map, Value};

use super::event::Event;
use super::whereabouts::Whereabouts;

/// Of the contract in docs/events.md. Fields and events may be added to one; a new one is for all else.
pub const VERSION: u32 = 1;

/// `combination` is the chain it is of, where several run side by side. `text` cleans and redacts; it sees
/// the plain text, before JSON's own escapes.
pub fn render(
    event: &Event<'_>,
    combination: Option<&str>,
    place: &Whereabouts,
    text: &dyn Fn(&str) -> String,
) -> String {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let mut line = Map::from_iter([("time".to_owned(), Value::String(now))]);
    if let Some(combination) = combination {
        line.insert("combination".to_owned(), Value::String(combination.to_owned()));
    }
    // Events consist of strings, numbers and maps of strings, which always serialize.
    for told in [serde_json::to_value(event), serde_json::to_value(place)] {
        if let Ok(Value::Object(mut fields)) = told {
            fields.values_mut().for_each(|value| walk(value, text));
            line.extend(fields);
        }
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
