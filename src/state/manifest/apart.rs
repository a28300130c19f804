//! Keys that were free for others before imgctl wrote them: what older files have under these names is
//! kept beside what imgctl tells.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::offers::{Promotion, Shared};

/// Whether a value has the form that imgctl writes.
type IsOurs = fn(&Value) -> bool;

/// Takes out what is not imgctl's, or tells nothing and would not be written again.
pub fn take(keys: &mut Map<String, Value>) -> Map<String, Value> {
    let keys_of_ours: [(&str, IsOurs); 3] =
        [("channels", is_channels), ("shared", is_shared), ("deprecated", is_date)];
    let mut theirs = Map::new();
    for (key, is_ours) in keys_of_ours {
        if keys.get(key).is_some_and(|value| !is_ours(value))
            && let Some(value) = keys.shift_remove(key)
        {
            theirs.insert(key.to_owned(), value);
        }
    }
    theirs
}

fn is_channels(value: &Value) -> bool {
    Vec::<Promotion>::deserialize(value).is_ok_and(|all| !all.is_empty())
}

fn is_shared(value: &Value) -> bool {
    Shared::deserialize(value).is_ok_and(|shared| !shared.is_empty())
}

fn is_date(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok())
}

/// Gives a key of others another name, as imgctl writes its own under this one.
pub fn rename(others: &mut Map<String, Value>, key: &str) {
    let Some(value) = others.shift_remove(key) else { return };
    let mut name = format!("{key}_own");
    while others.get(&name).is_some_and(|taken| *taken != value) {
        name.push_str("_own");
    }
    others.insert(name, value);
}
