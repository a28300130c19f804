//! What several levels say of a section, as scripts ask for it.

use serde_json::{Map, Value};

use super::configuration::Config;
use super::expand;
use super::merge::{Nulls, merge};
use super::path::KeyPath;
use super::schema::{self, CloudSchema};
use crate::Result;

/// The section at the top and in each level.
pub const SSH: &str = "ssh";

/// The value at a path of the section `ssh`. `levels` are those of a choice, the strongest first.
pub fn ssh(
    config: &Config,
    cloud: Option<&CloudSchema>,
    levels: &[KeyPath],
    asked: &KeyPath,
) -> Result<Option<Value>> {
    let mut all = usual(cloud);
    config.documents().for_each(|document| lay_over(&mut all, levels, document));
    merge(&mut all, config.settings.clone(), schema::WHOLE, Nulls::Remove);
    all.retain(|key, _| key == SSH);
    filled(config, levels, &Value::Object(all), asked)
}

/// What a cloud has below all that is written, as the settings that it stands for.
pub fn usual(cloud: Option<&CloudSchema>) -> Map<String, Value> {
    let usual = cloud.into_iter().flat_map(|cloud| cloud.ssh);
    let usual: Map<_, _> = usual.map(|(key, value)| ((*key).into(), (*value).into())).collect();
    Map::from_iter([(SSH.to_owned(), Value::Object(usual))])
}

/// All levels of a document over the settings, the weakest first: that is the section `ssh`.
pub fn lay_over(settings: &mut Map<String, Value>, levels: &[KeyPath], document: &Value) {
    if let Some(ssh) = document.get(SSH) {
        let ssh = Map::from_iter([(SSH.to_owned(), ssh.clone())]);
        merge(settings, ssh, schema::WHOLE, Nulls::Remove);
    }
    for level in levels.iter().rev() {
        if let Some(Value::Object(found)) = level.find(document) {
            let mut found = found.clone();
            // Under a cloud, `cloud` is a setting of its own: the entry of clouds.yaml.
            if *level == KeyPath::of(&["defaults"]) {
                found.shift_remove("cloud");
            }
            merge(settings, found, schema::WHOLE, Nulls::Remove);
        }
    }
}

/// The value at a path of merged sections, variables filled in. An error names the strongest place that gives it.
pub fn filled(
    config: &Config,
    levels: &[KeyPath],
    merged: &Value,
    asked: &KeyPath,
) -> Result<Option<Value>> {
    let Some(found) = asked.find(merged).filter(|found| !found.is_null()) else { return Ok(None) };
    // With its path, which tells where `$` has no meaning.
    let mut found = asked.wrap(found.clone());
    expand::expand(&mut found, &config.environment, None).map_err(|(path, problem)| {
        let is_given = path.find(&Value::Object(config.settings.clone())).is_some();
        let of_levels = levels.iter().map(|level| level.join(path.0.iter().cloned()));
        let mut paths: Vec<KeyPath> = of_levels.chain([path.clone()]).collect();
        if is_given {
            paths.rotate_right(1);
        }
        config.error(&paths, &path, &problem.message).hint(problem.hint)
    })?;
    Ok(asked.find(&found).cloned())
}
