//! Merging documents.

use serde_json::Value;

/// Merges maps key by key; any other value of `with` replaces the one in `into`.
pub fn merge(into: &mut Value, with: Value) {
    match (into, with) {
        (Value::Object(into), Value::Object(with)) => {
            for (key, value) in with {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, with) => *into = with,
    }
}
