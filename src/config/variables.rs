//! The environment variables that a cloud's settings name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ci_image;
use super::configuration::Config;
use super::path::KeyPath;
use super::schema;

/// `${NAME}` or `${NAME:-default}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// False: it has a default.
    pub required: bool,
}

impl Config {
    /// The variables in the user's settings that a combination of this cloud reads, by name; those that
    /// the shipped settings name are not among them.
    #[must_use]
    pub fn variables(&self, cloud: &str) -> Vec<Variable> {
        let mut shipped = BTreeMap::new();
        names(ci_image::SHIPPED, &mut shipped);
        let mut found = BTreeMap::new();
        for section in self.document.as_object().into_iter().flatten() {
            match section {
                (name, value) if name == "clouds" => {
                    if let Some(own) = KeyPath::of(&[cloud]).find(value) {
                        walk(own, &mut found);
                    }
                }
                (name, _) if name == super::matrix::KEY => {}
                (_, value) => walk(value, &mut found),
            }
        }
        // Those of `--set`, for whatever is selected.
        self.settings.values().for_each(|value| walk(value, &mut found));
        let own = found.into_iter().filter(|(name, _)| !shipped.contains_key(name));
        own.map(|(name, required)| Variable { name, required }).collect()
    }

    /// The first `--set` among these that gives a secret itself, instead of the variable it is in.
    #[must_use]
    pub fn secret_among(overrides: &[String]) -> Option<&str> {
        let parts = overrides.iter().filter_map(|given| given.split_once('='));
        let mut secrets = parts.filter(|(key, value)| {
            key.split('.').any(super::yaml::may_be_secret) && !value.contains("${")
        });
        secrets.next().map(|(key, _)| key)
    }

    /// The values among these overrides that may be secrets, by the last word of their keys. Some would show in
    /// the command line that reports and provenance repeat, and only typed settings are known as secrets when
    /// they are read.
    pub fn secrets_of(overrides: &[(String, String)]) -> impl Iterator<Item = &str> {
        let may_be = |(key, value): &&(String, String)| {
            let last = key.rsplit('.').next().unwrap_or(key);
            names_a_secret(last) && can_be_a_secret(value) && !value.contains("${")
        };
        overrides.iter().filter(may_be).map(|(_, value)| value.as_str())
    }

    /// Whether a cloud of this name has regions.
    #[must_use]
    pub fn has_regions(cloud: &str) -> bool {
        schema::cloud(cloud).is_some_and(|schema| schema.regions)
    }
}

/// Characters of a number that is more than a count, a port or a time.
const LONG_NUMBER: usize = 8;

/// Whether a key is that of a secret itself, and not of where it is or what it is called.
pub fn names_a_secret(key: &str) -> bool {
    const NOT_ITSELF: [&str; 8] =
        ["_file", "_id", "_name", "_path", "_type", "_url", "author", "user_data"];
    super::yaml::may_be_secret(key) && !NOT_ITSELF.iter().any(|end| key.ends_with(end))
}

/// Whether a value is more than a word or short number that is found everywhere.
pub fn can_be_a_secret(value: &str) -> bool {
    let is_everywhere = value.parse::<f64>().is_ok() && value.len() < LONG_NUMBER;
    !value.is_empty() && value.parse::<bool>().is_err() && !is_everywhere
}

fn walk(value: &Value, found: &mut BTreeMap<String, bool>) {
    match value {
        Value::String(text) => names(text, found),
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Object(map) => map.values().for_each(|item| walk(item, found)),
        _ => {}
    }
}

/// Adds the names in a text, each with whether it is required somewhere.
fn names(text: &str, found: &mut BTreeMap<String, bool>) {
    // `$$` is a plain dollar.
    for part in text.replace("$$", "").split("${").skip(1) {
        let Some((inside, _)) = part.split_once('}') else { continue };
        let (name, required) = match inside.split_once(":-") {
            Some((name, _)) => (name, false),
            None => (inside, true),
        };
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            *found.entry(name.to_owned()).or_default() |= required;
        }
    }
}
