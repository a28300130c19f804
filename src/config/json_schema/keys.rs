//! The keys that a dotted path may go on with, and what they mean: for completion in scripts.

use serde_json::{Map, Value};

use crate::config::configuration::Config;
use crate::config::path::{KeyPath, Segment};
use crate::config::schema::{CUSTOM, VARS};
use crate::config::vars;

/// A key, and what its doc comment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub name: String,
    pub text: String,
}

/// The keys below a path, by the schema; below `vars` those of the project.
#[must_use]
pub fn below(schema: &Value, config: Option<&Config>, path: &str) -> Vec<Key> {
    let Ok(path) = KeyPath::parse(path) else { return Vec::new() };
    if let (Some(Segment::Key(section)), Some(config)) = (path.0.first(), config)
        && (section == VARS || section == CUSTOM)
    {
        return own(config, section, KeyPath(path.0[1..].to_vec()));
    }
    let found = find(schema, &path);
    let properties = found.and_then(|it| it.get("properties")?.as_object());
    let keys = properties.into_iter().flatten();
    keys.map(|(name, key)| Key { name: name.clone(), text: text(schema, key) }).collect()
}

/// What a key means.
#[must_use]
pub fn about(schema: &Value, path: &str) -> Option<String> {
    let found = find(schema, &KeyPath::parse(path).ok()?)?;
    Some(text(schema, found)).filter(|text| !text.is_empty())
}

fn own(config: &Config, section: &str, inside: KeyPath) -> Vec<Key> {
    let all = match section {
        VARS => vars::all(config),
        _ => config.document.get(CUSTOM).into_iter().collect(),
    };
    let maps = all.iter().filter_map(|map| inside.find(map)?.as_object());
    let mut names: Vec<&String> = maps.flat_map(Map::keys).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| Key { name: name.clone(), text: String::new() }).collect()
}

fn find<'s>(schema: &'s Value, path: &KeyPath) -> Option<&'s Value> {
    path.0
        .iter()
        .try_fold(schema, |here, segment| {
            let Segment::Key(key) = segment else { return None };
            let here = referred(schema, here);
            let below = here.get("properties").and_then(|it| it.get(key));
            below.or_else(|| here.get("additionalProperties").filter(|it| it.is_object()))
        })
        .map(|found| referred(schema, found))
}

/// What a reference leads to.
fn referred<'s>(schema: &'s Value, at: &'s Value) -> &'s Value {
    let pointer = at.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
    pointer.and_then(|pointer| schema.pointer(pointer)).unwrap_or(at)
}

fn text(schema: &Value, key: &Value) -> String {
    let text = referred(schema, key).get("description").and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_schema() {
        let schema = super::super::document();
        let names = |path: &str| -> Vec<String> {
            below(&schema, None, path).into_iter().map(|key| key.name).collect()
        };
        assert!(names("").contains(&"ci_image".to_owned()));
        assert!(names("ssh").contains(&"ready_timeout".to_owned()));
        assert!(names("ci_image.docker").contains(&"source".to_owned()));
        assert!(names("clouds.ec2.regions.x.disk").contains(&"iops".to_owned()));
        assert_eq!(about(&schema, "clouds.local.memory").unwrap(), "Memory of an instance.");
    }
}
