//! Tags as the labels of Google's things, and the metadata key that imgctl keeps for itself.

use serde_json::{Map, Value, json};

use crate::cloud::{RUN_TAG, Tags};
use crate::{Error, Result};

/// The metadata key that names the image an instance was started from: the API does not report it.
pub const IMAGE_KEY: &str = "imgctl-image";

/// Characters in the key or value of a label, at most.
const LONGEST: usize = 63;

/// The labels of something that belongs to this run.
///
/// # Errors
/// `Code::Config` for a tag that Google would refuse as a label: see
/// <https://cloud.google.com/compute/docs/labeling-resources#requirements>.
pub fn labels(tags: &Tags, run: &str) -> Result<Value> {
    let allowed =
        |char: char| char.is_lowercase() || char.is_numeric() || char == '-' || char == '_';
    let fits = |text: &str| text.chars().count() <= LONGEST && text.chars().all(allowed);
    let mut labels = Map::new();
    for (key, value) in tags {
        if !key.starts_with(char::is_lowercase) || !fits(key) || !fits(value) {
            let message = format!("the tag `{key}: {value}` is not a valid label on gce");
            return Err(Error::config(message).hint(
                "set `tags` for clouds.gce to at most 63 lower-case letters, digits, - and _; a \
                 key must begin with a letter",
            ));
        }
        labels.insert(key.clone(), json!(value));
    }
    labels.insert(RUN_TAG.to_owned(), json!(run));
    Ok(Value::Object(labels))
}

/// Labels as tags.
pub fn tags(labels: &Value) -> Tags {
    let labels = labels.as_object().into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// The run that something found in the cloud belongs to, if it was made by imgctl.
pub fn run_of(found: &Value) -> Option<&str> {
    found["labels"][RUN_TAG].as_str()
}

/// Whether something found in the cloud belongs to this run.
pub fn is_of_run(found: &Value, run: &str) -> bool {
    run_of(found) == Some(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_is_not_a_valid_label_is_refused() {
        let tags = |key: &str, value: &str| Tags::from([(key.to_owned(), value.to_owned())]);
        let labelled = labels(&tags("team", "infra_1"), "run-1").unwrap();
        assert_eq!(labelled, json!({"team": "infra_1", "imgctl-run": "run-1"}));
        assert_eq!(run_of(&json!({ "labels": labelled })), Some("run-1"));
        for (key, value) in [("Team", "a"), ("team", "A b"), ("1", "a")] {
            assert!(labels(&tags(key, value), "run-1").is_err(), "{key}: {value}");
        }
    }
}
