//! Names of clouds, where settings name one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::clouds::cloud_names;
use super::one_or_more::OneOrMore;

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| cloud_names().collect());

/// The name of a cloud that exists.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct CloudName(String);

/// One name, or a list of them.
pub struct CloudNames;

/// All of them.
pub fn names() -> &'static [&'static str] {
    &NAMES
}

/// Whether there is such a cloud.
pub fn check<E: Error>(name: &str) -> Result<(), E> {
    match NAMES.contains(&name) {
        true => Ok(()),
        false => Err(E::unknown_variant(name, &NAMES)),
    }
}

impl<'de> Deserialize<'de> for CloudName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<CloudName, D::Error> {
        let name = String::deserialize(from)?;
        check(&name).map(|()| CloudName(name))
    }
}

/// The same where there may be none.
pub fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<CloudName>::deserialize(from)?.map(|name| name.0))
}

/// The same for one or several.
pub fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<OneOrMore, D::Error> {
    let names = OneOrMore::deserialize(from)?;
    names.iter().try_for_each(|name| check(name)).map(|()| names)
}

/// A map by names of clouds.
pub fn keys<'de, D, V>(from: D) -> Result<BTreeMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    let map = BTreeMap::<CloudName, V>::deserialize(from)?;
    Ok(map.into_iter().map(|(name, value)| (name.0, value)).collect())
}

impl JsonSchema for CloudName {
    fn schema_name() -> Cow<'static, str> {
        "cloud_name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": *NAMES})
    }
}

impl JsonSchema for CloudNames {
    fn schema_name() -> Cow<'static, str> {
        "cloud_names".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = CloudName::json_schema(generator);
        let list = json_schema!({"type": "array", "items": name});
        json_schema!({"anyOf": [name, list, {"type": "null"}]})
    }
}
