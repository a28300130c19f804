//! What a document about an image tells of settings that are in no file beside it.

use serde_json::{Map, Value};

use super::configuration::Config;
use super::expand::has_variables;
use super::merge::{Nulls, merge};
use super::variables::names_a_secret;

/// What stands for a value that may be a secret.
const HIDDEN: &str = "***";

impl Config {
    /// What `--set` gave, on the command line and by `IMGCTL_SET`, as one map. Names of variables stay as they are.
    #[must_use]
    pub fn given(&self) -> Value {
        let mut given = Map::new();
        for source in self.sources.iter().filter(|source| source.text_of_file().is_none()) {
            if let Value::Object(document) = source.document.clone() {
                merge(&mut given, document, &[], Nulls::Keep);
            }
        }
        let mut given = Value::Object(given);
        hide(&mut given, false, &|text| has_variables(text));
        given
    }
}

/// A value without those under keys that name a secret.
#[must_use]
pub fn without_secrets(mut value: Value) -> Value {
    hide(&mut value, false, &|_| false);
    value
}

fn hide(value: &mut Value, within: bool, stays: &dyn Fn(&str) -> bool) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                hide(value, within || names_a_secret(key), stays);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, within, stays)),
        Value::Null | Value::Bool(_) => {}
        Value::String(text) if stays(text) => {}
        value if within => *value = HIDDEN.into(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::without_secrets;

    #[test]
    fn what_is_below_a_secret_name_is_hidden() {
        let value = json!({"token": 1234, "db": {"passwords": ["a", {"x": "b"}], "name": "c"}});
        let shown =
            json!({"token": "***", "db": {"passwords": ["***", {"x": "***"}], "name": "c"}});
        assert_eq!(without_secrets(value), shown);
    }
}
