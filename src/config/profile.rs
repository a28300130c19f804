//! The settings of the CI image for one selection: what is shipped, the profile over it, and what users
//! say over both, at every level where other settings may stand.

use serde_json::{Map, Value};

use super::ci_image::{DISTRIBUTIONS, KEY, PROFILE, PROFILES, SHAPE};
use super::ci_image_needs;
use super::configuration::Config;
use super::merge::{Nulls, merge};
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::schema::CloudSchema;
use super::{expand, shape};
use crate::{Error, Result};

/// Refuses profiles that do not exist, wherever one is chosen.
pub fn check_choices(config: &Config) -> Result<()> {
    let mut found = Vec::new();
    choices(&config.document, &KeyPath::default(), &mut found);
    for (path, name) in found {
        if !expand::has_variables(&name) {
            profile(config, &name, &[path])?;
        }
    }
    Ok(())
}

/// Every place where a profile is chosen.
fn choices(value: &Value, path: &KeyPath, found: &mut Vec<(KeyPath, String)>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let path = path.key(key);
        match (key.as_str(), value.get(PROFILE)) {
            (KEY, Some(Value::String(name))) => found.push((path.key(PROFILE), name.clone())),
            ("defaults" | "clouds" | "regions" | "distributions", _) => {
                choices(value, &path, found)
            }
            // A cloud, a region or a distribution.
            (_, _) if path.0.len() > 1 && key != KEY => choices(value, &path, found),
            _ => {}
        }
    }
}

fn profile<'c>(config: &'c Config, name: &str, chosen_at: &[KeyPath]) -> Result<Option<&'c Value>> {
    let profiles = config.document.get(PROFILES).and_then(Value::as_object);
    let found = profiles.and_then(|profiles| profiles.get(name));
    if found.is_some() || name.is_empty() {
        return Ok(found);
    }
    let known: Vec<&str> = profiles.into_iter().flat_map(Map::keys).map(String::as_str).collect();
    let hint = match crate::error::nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of: {}", known.join(", ")),
    };
    let shown = KeyPath::of(&[KEY, PROFILE]);
    let problem = format!("there is no profile `{name}`");
    Err(config.error(chosen_at, &shown, &problem).hint(hint))
}

/// One of the values that are laid over each other, and where it is.
struct Layer {
    value: Value,
    path: KeyPath,
}

/// The settings for one cloud, region and distribution. `levels` are those of every setting, the
/// strongest first.
pub fn select(
    config: &Config,
    schema: &CloudSchema,
    levels: &[KeyPath],
    distribution: &str,
) -> Result<Value> {
    merged(config, schema, levels, distribution).map(|merged| merged.settings)
}

/// Refuses settings that would fail in their steps.
pub fn check(
    config: &Config,
    schema: &CloudSchema,
    levels: &[KeyPath],
    distribution: &str,
) -> Result<()> {
    let merged = merged(config, schema, levels, distribution)?;
    let mut mistakes = Vec::new();
    ci_image_needs::check(&merged.settings, distribution, &mut mistakes);
    match mistakes.into_iter().next() {
        None => Ok(()),
        Some(mistake) => Err(merged.refusal_nearby(config, mistake)),
    }
}

/// The settings, and where each may come from.
struct Merged {
    settings: Value,
    /// The strongest first.
    paths: Vec<KeyPath>,
}

impl Merged {
    fn error(&self, config: &Config, below: &KeyPath, problem: &str) -> Error {
        let inside = |path: &KeyPath| path.join(below.0.iter().cloned());
        let paths: Vec<_> = self.paths.iter().map(inside).collect();
        config.error(&paths, &inside(&KeyPath::of(&[KEY])), problem)
    }

    /// The error of a mistake, whose message begins with the path, which the place says better.
    fn refusal(&self, config: &Config, mistake: Mistake) -> Error {
        let problem = mistake.message.split_once(": ").map_or("", |(_, problem)| problem);
        let error = self.error(config, &mistake.path, problem);
        mistake.hint.into_iter().fold(error, Error::hint)
    }

    /// As `refusal`, of a setting that may be written nowhere: then it is told at its item.
    fn refusal_nearby(&self, config: &Config, mistake: Mistake) -> Error {
        let is_own = |below: &KeyPath| {
            let mut paths = self.paths.iter().map(|path| path.join(below.0.iter().cloned()));
            paths.any(|path| path.find(&config.own).is_some())
        };
        let Some((Segment::Key(setting), item)) = mistake.path.0.split_last() else {
            return self.refusal(config, mistake);
        };
        if item.is_empty() || is_own(&mistake.path) {
            return self.refusal(config, mistake);
        }
        let problem = mistake.message.split_once(": ").map_or("", |(_, problem)| problem);
        let problem = format!("`{setting}` {problem}");
        let error = self.error(config, &KeyPath(item.to_vec()), &problem);
        mistake.hint.into_iter().fold(error, Error::hint)
    }
}

fn merged(
    config: &Config,
    schema: &CloudSchema,
    levels: &[KeyPath],
    distribution: &str,
) -> Result<Merged> {
    let over = chosen_layers(config, levels, distribution);
    let (name, chosen_at) = chosen_profile(config, schema, &over)?;
    let profile = profile(config, &name, &chosen_at)?;

    let mut layers = Vec::new();
    let shipped = config.sources.first().and_then(|shipped| shipped.document.get(KEY));
    add(&mut layers, shipped, &KeyPath::of(&[KEY]), distribution);
    add(&mut layers, profile, &KeyPath::of(&[PROFILES, &name]), distribution);
    layers.extend(over);

    let mut settings = Map::new();
    let mut paths: Vec<KeyPath> = Vec::new();
    for Layer { value, path } in layers {
        if let Value::Object(map) = value {
            merge(&mut settings, map, &[], Nulls::Keep);
        }
        paths.insert(0, path);
    }
    settings.insert(PROFILE.to_owned(), Value::String(name));
    let mut merged = Merged { settings: Value::Object(settings), paths };
    if let Err((path, problem)) = expand::expand(&mut merged.settings, &config.environment, None) {
        return Err(merged.error(config, &path, &problem.message).hint(problem.hint));
    }
    let mut mistakes = Vec::new();
    shape::check(&merged.settings, &SHAPE, &KeyPath::default(), &mut mistakes);
    if let Some(mistake) = mistakes.into_iter().next() {
        return Err(merged.refusal(config, mistake));
    }
    shape::complete(&mut merged.settings, &SHAPE);
    Ok(merged)
}

/// What the user says, the weakest first: the section, the levels, the command line.
fn chosen_layers(config: &Config, levels: &[KeyPath], distribution: &str) -> Vec<Layer> {
    let mut section = Map::new();
    for source in config.sources.iter().skip(1) {
        if let Some(Value::Object(map)) = source.document.get(KEY) {
            merge(&mut section, map.clone(), &[], Nulls::Keep);
        }
    }
    let mut layers = Vec::new();
    let path = KeyPath::of(&[KEY]);
    add(&mut layers, Some(&Value::Object(section)), &path, distribution);
    for level in levels.iter().filter(|level| !level.0.is_empty()).rev() {
        let path = level.key(KEY);
        add(&mut layers, path.find(&config.document), &path, distribution);
    }
    add(&mut layers, config.settings.get(KEY), &path, distribution);
    layers
}

/// Adds a value, and above it what it says for the distribution.
fn add(layers: &mut Vec<Layer>, value: Option<&Value>, path: &KeyPath, distribution: &str) {
    let Some(Value::Object(map)) = value else { return };
    let mut map = map.clone();
    let distributions = map.shift_remove(DISTRIBUTIONS);
    layers.push(Layer { value: Value::Object(map), path: path.clone() });
    if let Some(value) = distributions.and_then(|all| all.get(distribution).cloned()) {
        let path = path.key(DISTRIBUTIONS).key(distribution);
        layers.push(Layer { value, path });
    }
}

/// The name of the profile, and where it may come from, the strongest first.
fn chosen_profile(
    config: &Config,
    schema: &CloudSchema,
    layers: &[Layer],
) -> Result<(String, Vec<KeyPath>)> {
    let paths: Vec<_> = layers.iter().rev().map(|layer| layer.path.key(PROFILE)).collect();
    let chosen = layers.iter().rev().find_map(|layer| layer.value.get(PROFILE));
    let mut chosen = chosen.cloned().unwrap_or_default();
    expand::expand(&mut chosen, &config.environment, None).map_err(|(_, problem)| {
        let shown = KeyPath::of(&[KEY, PROFILE]);
        config.error(&paths, &shown, &problem.message).hint(problem.hint)
    })?;
    let name = chosen.as_str().filter(|name| !name.is_empty()).unwrap_or(schema.profile);
    Ok((name.to_owned(), paths))
}
