//! Where a value that is kept holds secrets. Only places are recorded: a command that does not know the secrets
//! hides them all the same.

use std::borrow::Cow;

use serde_json::Value;

use crate::report::Report;
use crate::run::Run;
use crate::state::SecretParts;

/// The secrets in a value, as far as they are known now.
pub fn find(run: &Run, value: &Value) -> SecretParts {
    let mut found = SecretParts::new();
    for (number, text) in texts(value).iter().enumerate() {
        let parts = run.ui.secrets().places(text).into_iter();
        found.extend(parts.map(|part| [number, part.start, part.end]));
    }
    found
}

/// Tells the redactor what is at these places.
pub fn tell(run: &Run, value: &Value, parts: &SecretParts) {
    if parts.is_empty() {
        return;
    }
    let texts = texts(value);
    for [number, start, end] in parts {
        if let Some(secret) = texts.get(*number).and_then(|text| text.get(*start..*end)) {
            run.ui.secret(secret);
        }
    }
}

/// All texts and numbers in a value, the keys of maps among them, in an order of its own.
fn texts(value: &Value) -> Vec<Cow<'_, str>> {
    match value {
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Number(number) => vec![number.to_string().into()],
        Value::String(text) => vec![text.as_str().into()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let inside = entries.into_iter();
            inside
                .flat_map(|(key, value)| [vec![key.as_str().into()], texts(value)].concat())
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_in_one_order() {
        let value = serde_json::json!({ "b": ["x", 4711, null], "a": { "c": true, "d": "y" } });
        assert_eq!(texts(&value), ["a", "c", "d", "y", "b", "x", "4711"]);
    }
}
