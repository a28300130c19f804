//! One level of settings over another.

use serde_json::{Map, Value};

/// What a null in the upper value does to the lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// It replaces the value, so that a later merge sees it.
    Keep,
    /// It removes the key.
    Remove,
}

/// Maps merge, key by key and all the way down; everything else is replaced. The keys in `whole`
/// are replaced even where both are maps.
pub fn merge(
    lower: &mut Map<String, Value>,
    upper: Map<String, Value>,
    whole: &[&str],
    nulls: Nulls,
) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (_, Value::Null) if nulls == Nulls::Remove => {
                lower.shift_remove(&key);
            }
            (Some(Value::Object(below)), Value::Object(above))
                if !whole.contains(&key.as_str()) =>
            {
                merge(below, above, whole, nulls);
            }
            // A whole map may itself contain nulls.
            (_, Value::Object(above)) => {
                let mut fresh = Map::new();
                merge(&mut fresh, above, whole, nulls);
                lower.insert(key, Value::Object(fresh));
            }
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}
