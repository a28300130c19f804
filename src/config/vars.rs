//! `vars:`: values of the user's own, at every level.

use serde_json::{Map, Value};

use super::configuration::Config;
use super::expand;
use super::in_force::filled;
use super::merge::{Nulls, merge};
use super::path::{KeyPath, Segment};
use super::schema::{CUSTOM, VARS};
use crate::Result;

/// The value at a path below the section: that at the top, over it what each level says, and over all of
/// them `--vars` and `--set`. The strongest level is the first.
pub fn get(config: &Config, levels: &[KeyPath], inside: &[Segment]) -> Result<Option<Value>> {
    let section = KeyPath::of(&[VARS]);
    let mut merged = Map::new();
    let of_levels = levels.iter().rev().map(|level| level.key(VARS));
    let of_file = std::iter::once(section.clone()).chain(of_levels);
    let of_file = of_file.filter_map(|level| level.find(&config.document));
    for level in of_file.chain(config.settings.get(VARS)) {
        if let Value::Object(level) = level {
            merge(&mut merged, level.clone(), &[], Nulls::Remove);
        }
    }
    let all = section.wrap(Value::Object(merged));
    filled(config, levels, &all, &section.join(inside.iter().cloned()))
}

/// The maps of all levels, whatever is selected.
pub fn all(config: &Config) -> Vec<&Value> {
    let Config { document, settings, .. } = config;
    let mut found: Vec<&Value> = settings.get(VARS).into_iter().collect();
    found.extend(document.get(VARS));
    found.extend(document.get("defaults").and_then(|defaults| defaults.get(VARS)));
    for cloud in document.get("clouds").and_then(Value::as_object).into_iter().flatten() {
        of_level(cloud.1, &mut found);
    }
    found
}

fn of_level<'v>(level: &'v Value, found: &mut Vec<&'v Value>) {
    found.extend(level.get(VARS));
    for structure in ["regions", "distributions"] {
        let below = level.get(structure).and_then(Value::as_object);
        below.into_iter().flatten().for_each(|(_, level)| of_level(level, found));
    }
}

impl Config {
    /// The values of the user's own that may be secrets, by the last word of their keys, variables filled in;
    /// those of hosts as well.
    #[must_use]
    pub fn own_secrets(&self) -> Vec<String> {
        let mut maps = all(self);
        maps.extend(self.document.get(CUSTOM));
        let hosts = self.document.get(super::hosts::KEY).and_then(Value::as_object);
        maps.extend(hosts.into_iter().flatten().filter_map(|(_, host)| host.get(VARS)));
        let mut found = Vec::new();
        for map in maps {
            let mut map = map.clone();
            // A variable that is not set hides nothing; where it is used that is an error.
            fill_what_is_set(&mut map, self);
            secrets(&map, false, &mut found);
        }
        found
    }
}

fn fill_what_is_set(value: &mut Value, config: &Config) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| fill_what_is_set(value, config)),
        Value::Array(items) => items.iter_mut().for_each(|value| fill_what_is_set(value, config)),
        value => drop(expand::expand(value, &config.environment, None)),
    }
}

/// The texts of a value of this name that may be secrets.
#[must_use]
pub fn secrets_in(name: &str, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    secrets(value, super::variables::names_a_secret(name), &mut found);
    found
}

/// Texts and numbers whose own key, or that of a map or list around them, is one of secrets.
fn secrets(value: &Value, within: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                secrets(value, within || super::variables::names_a_secret(key), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|value| secrets(value, within, found)),
        Value::String(text) if within && super::variables::can_be_a_secret(text) => {
            found.push(text.clone());
        }
        Value::Number(number) if within => {
            let text = number.to_string();
            found.extend(Some(text).filter(|text| super::variables::can_be_a_secret(text)));
        }
        _ => {}
    }
}
