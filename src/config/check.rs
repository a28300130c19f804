//! Finds every mistake in one document, at every level, before any level is used.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::bake::{self, Bake};
use super::ci_image;
use super::decode;
use super::expand::has_variables;
use super::hosts::{self, Host};
use super::images::{self, Images};
use super::leaves::{Check, leaves, notation};
use super::limits::{self, Limits};
use super::manifest::{self, Manifest};
use super::matrix::{self, Matrix};
use super::misfit;
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::publish::{self, Publish};
use super::schema::{self, CloudSchema};
use super::settings::{Common, Ssh};
use crate::error::nearest;

/// The levels of a cloud, which differ in the keys they may have besides settings.
#[derive(Clone, Copy)]
pub enum Level {
    Cloud,
    Region,
    Distribution,
}

impl Level {
    /// These keys.
    pub fn structure(self, cloud: &CloudSchema) -> &'static [&'static str] {
        match self {
            Level::Cloud if cloud.regions => {
                &["region", "distribution", "regions", "distributions"]
            }
            Level::Cloud => &["distribution", "distributions"],
            Level::Region => &["distributions"],
            Level::Distribution => &[],
        }
    }

    /// Everything that may stand there.
    pub fn known(self, cloud: &CloudSchema) -> Vec<&'static str> {
        let own = &[ci_image::KEY, schema::VARS];
        [self.structure(cloud), (cloud.fields)(), schema::common_fields(), own].concat()
    }
}

/// The whole document of one source.
pub fn document(document: &Value) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let root = KeyPath::default();
    notation(document, &root, &mut mistakes);
    for (section, value) in map(document, &root, &mut mistakes) {
        let path = KeyPath::of(&[section]);
        match section.as_str() {
            "defaults" => defaults(value, &path, &mut mistakes),
            "ssh" => leaves(value, &path, &mut |leaf| decode::check::<Ssh>(leaf), &mut mistakes),
            limits::KEY => {
                leaves(value, &path, &mut |leaf| decode::check::<Limits>(leaf), &mut mistakes);
            }
            images::KEY => {
                leaves(value, &path, &mut |leaf| decode::check::<Images>(leaf), &mut mistakes);
            }
            bake::KEY => {
                leaves(value, &path, &mut |leaf| decode::check::<Bake>(leaf), &mut mistakes);
            }
            manifest::KEY => {
                leaves(value, &path, &mut |leaf| decode::check::<Manifest>(leaf), &mut mistakes);
            }
            matrix::KEY => {
                leaves(value, &path, &mut |leaf| decode::check::<Matrix>(leaf), &mut mistakes);
            }
            publish::KEY => {
                leaves(value, &path, &mut |leaf| decode::check::<Publish>(leaf), &mut mistakes);
            }
            "clouds" => clouds(value, &path, &mut mistakes),
            ci_image::KEY => ci_image::check_section(value, &path, &mut mistakes),
            ci_image::PROFILES => ci_image::check_profiles(value, &path, &mut mistakes),
            hosts::KEY => hosts(value, &path, &mut mistakes),
            // Their contents belong to the project.
            schema::VARS | schema::CUSTOM => drop(map(value, &path, &mut mistakes)),
            other => {
                let mistake = Mistake::unknown(root.clone(), other, schema::SECTIONS);
                let common = schema::common_fields().contains(&other);
                mistakes.push(if common {
                    mistake.hint(format!("put `{other}` under `defaults:` or under a cloud"))
                } else {
                    mistake
                });
            }
        }
    }
    mistakes
}

/// Settings from the command line, which name no cloud: some cloud must have them.
pub fn setting(settings: &Map<String, Value>) -> Vec<Mistake> {
    let root = KeyPath::default();
    let mut mistakes = Vec::new();
    for key in settings.keys() {
        let known = |cloud: &CloudSchema| [(cloud.fields)(), schema::common_fields()].concat();
        if !schema::CLOUDS.iter().any(|cloud| known(cloud).contains(&key.as_str())) {
            let settings = schema::CLOUDS.iter().flat_map(known);
            let all: BTreeSet<_> = settings.chain(schema::SECTIONS.iter().copied()).collect();
            let all: Vec<_> = all.into_iter().collect();
            let mistake = Mistake::unknown(root, key, &all);
            // All of them are too many to be read.
            return vec![match nearest(key, all.iter().copied()) {
                Some(_) => mistake,
                None => mistake.hint(
                    "a value of your own is `--set vars.NAME=…`; `imgctl init --full` in an empty folder writes all \
                     settings",
                ),
            }];
        }
    }
    for cloud in schema::CLOUDS {
        let mut found = Vec::new();
        let value = Value::Object(settings.clone());
        notation(&value, &root, &mut found);
        level(&value, &root, cloud, Level::Distribution, &mut found);
        // A wrong value in a cloud that has the setting explains more than a cloud without it.
        match found.iter().any(|mistake| mistake.is_unknown) {
            false if found.is_empty() => return found,
            false => mistakes = found,
            true if mistakes.is_empty() => mistakes = found,
            true => {}
        }
    }
    mistakes
}

fn defaults(value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    for (key, value) in map(value, path, mistakes) {
        let here = path.key(key);
        match key.as_str() {
            "cloud" => name(value, &here, schema::cloud_names(), mistakes),
            "region" | "distribution" => name(value, &here, [], mistakes),
            ci_image::KEY => ci_image::check(value, &here, mistakes),
            schema::VARS => drop(map(value, &here, mistakes)),
            other if schema::common_fields().contains(&other) => common(key, value, path, mistakes),
            other => {
                let known = [
                    schema::common_fields(),
                    &["cloud", "region", "distribution", ci_image::KEY, schema::VARS],
                ]
                .concat();
                mistakes.push(Mistake::unknown(path.clone(), other, &known));
            }
        }
    }
}

/// A host's own vars are not settings of it.
fn hosts(value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    for (name, host) in map(value, path, mistakes) {
        let here = path.key(name);
        mistakes.extend(hosts::misnamed(name, &here));
        let entries = map(host, &here, mistakes);
        let (own, settings): (Vec<_>, Vec<_>) = entries.partition(|(key, _)| *key == schema::VARS);
        for (key, value) in own {
            drop(map(value, &here.key(key), mistakes));
        }
        let (known, unknown): (Vec<_>, Vec<_>) = settings
            .into_iter()
            .partition(|(key, _)| misfit::fields::<Host>().contains(&key.as_str()));
        for (key, _) in unknown {
            let all = [misfit::fields::<Host>(), &[schema::VARS]].concat();
            mistakes.push(Mistake::unknown(here.clone(), key, &all));
        }
        known.iter().for_each(|(key, value)| hosts::empty(value, &here.key(key), mistakes));
        let settings = known.into_iter().map(|(key, value)| (key.clone(), value.clone()));
        let settings = Value::Object(settings.collect());
        leaves(&settings, &here, &mut |leaf| decode::check::<Host>(leaf), mistakes);
    }
}

fn clouds(value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    for (key, value) in map(value, path, mistakes) {
        match schema::cloud(key) {
            Some(cloud) => level(value, &path.key(key), cloud, Level::Cloud, mistakes),
            None => {
                let known: Vec<_> = schema::cloud_names().collect();
                mistakes.push(Mistake::unknown(path.clone(), key, &known));
            }
        }
    }
}

fn level(
    value: &Value,
    path: &KeyPath,
    cloud: &CloudSchema,
    level_kind: Level,
    mistakes: &mut Vec<Mistake>,
) {
    let structure = level_kind.structure(cloud);
    for (key, value) in map(value, path, mistakes) {
        let here = path.key(key);
        let word = key.as_str();
        if structure.contains(&word) {
            match word {
                "region" | "distribution" => name(value, &here, [], mistakes),
                _ => {
                    let below = if word == "regions" { Level::Region } else { Level::Distribution };
                    for (key, value) in map(value, &here, mistakes) {
                        level(value, &here.key(key), cloud, below, mistakes);
                    }
                }
            }
        } else if word == ci_image::KEY {
            ci_image::check(value, &here, mistakes);
        } else if word == schema::VARS {
            drop(map(value, &here, mistakes));
        } else if schema::common_fields().contains(&word) {
            common(key, value, path, mistakes);
        } else if (cloud.fields)().contains(&word) {
            let mut check = |leaf: &Value| (cloud.check)(leaf);
            wrapped(key, value, path, &mut check, mistakes);
        } else if word == "regions" && !cloud.regions {
            mistakes.push(Mistake::new(here, &format!("cloud {} has no regions", cloud.name)));
        } else {
            mistakes.push(Mistake::unknown(path.clone(), word, &level_kind.known(cloud)));
        }
    }
}

fn common(key: &str, value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    wrapped(key, value, path, &mut |leaf| decode::check::<Common>(leaf), mistakes);
}

/// A value where a map must be.
fn no_map(value: &Value, path: &KeyPath) -> Mistake {
    let hint = match path.0.as_slice() {
        [Segment::Key(first), _] if first == hosts::KEY => "write `NAME: {address: …}`",
        _ => "write `key: value` below it, a line each",
    };
    let found = match decode::kind(value).0 {
        "the text" => "text",
        "the number" => "a number",
        "the value" => "true or false",
        other => other,
    };
    Mistake::new(path.clone(), &format!("must be a map, not {found}")).hint(hint)
}

/// The entries of a value that must be a map; an empty value has none.
fn map<'v>(
    value: &'v Value,
    path: &KeyPath,
    mistakes: &mut Vec<Mistake>,
) -> Box<dyn Iterator<Item = (&'v String, &'v Value)> + 'v> {
    match value {
        Value::Object(map) => Box::new(map.iter()),
        Value::Null => Box::new(std::iter::empty()),
        _ if path.0.is_empty() => {
            let problem = format!("the top level must be a map of {}", schema::SECTIONS.join(", "));
            let path = path.clone();
            mistakes.push(Mistake { path, message: problem, hint: None, is_unknown: false });
            Box::new(std::iter::empty())
        }
        _ => {
            mistakes.push(no_map(value, path));
            Box::new(std::iter::empty())
        }
    }
}

fn name(
    value: &Value,
    path: &KeyPath,
    known: impl IntoIterator<Item = &'static str>,
    mistakes: &mut Vec<Mistake>,
) {
    let known: Vec<_> = known.into_iter().collect();
    match value {
        Value::Null => {}
        Value::String(text) if has_variables(text) => {}
        Value::String(text) if known.is_empty() || known.contains(&text.as_str()) => {}
        Value::String(text) => {
            let problem = format!("`{text}` is not one of {}", known.join(", "));
            let mistake = Mistake::new(path.clone(), &problem);
            mistakes.push(match nearest(text, known.iter().copied()) {
                Some(near) => mistake.hint(format!("did you mean `{near}`?")),
                None => mistake,
            });
        }
        _ => mistakes.push(Mistake::new(path.clone(), "must be a name").hint("put it in quotes")),
    }
}

fn wrapped(key: &str, value: &Value, path: &KeyPath, check: Check<'_>, out: &mut Vec<Mistake>) {
    leaves(&KeyPath::of(&[key]).wrap(value.clone()), path, check, out);
}
