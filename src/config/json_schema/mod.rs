//! The JSON Schema of config.yaml, made from the structs that read it: editors complete and check by it.

mod ci_image;
pub mod keys;
mod levels;
mod loose;
mod parts;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use self::loose::loosen;
use self::parts::{OWN, by_name, own};
use super::bake::{self, Bake};
use super::hosts::{self, Host};
use super::images::{self, Images};
use super::limits::{self, Limits};
use super::manifest::{self, Manifest};
use super::matrix::{self, Matrix};
use super::publish::{self, Publish};
use super::schema::{CLOUDS, CUSTOM, VARS};
use super::settings::{Common, Ssh};

/// The name of the file that `imgctl init` writes beside config.yaml.
pub const FILE: &str = "config.schema.json";

/// By which the file is known again.
pub const TITLE: &str = "config.yaml of imgctl";

/// The schema, as a document of draft 7, which is the one that editors know best.
#[must_use]
pub fn document() -> Value {
    let mut generator = generator();
    let mut definitions = Map::new();
    definitions.insert("later".to_owned(), loose::later());
    definitions.insert("common".to_owned(), of::<Common>(&mut generator));
    for cloud in CLOUDS {
        let settings = (cloud.describe)(&mut generator).to_value();
        definitions.insert(levels::settings(cloud.name), loosen(settings));
    }
    for cloud in CLOUDS {
        let levels = levels::all(cloud, &definitions);
        definitions.extend(levels);
    }
    definitions.insert(ci_image::NAME.to_owned(), ci_image::settings());
    let mut properties = Map::new();
    properties.insert("defaults".to_owned(), levels::defaults(&definitions));
    for (key, schema) in [
        ("ssh", of::<Ssh>(&mut generator)),
        (limits::KEY, of::<Limits>(&mut generator)),
        (images::KEY, of::<Images>(&mut generator)),
        (bake::KEY, of::<Bake>(&mut generator)),
        (matrix::KEY, of::<Matrix>(&mut generator)),
        (manifest::KEY, of::<Manifest>(&mut generator)),
        (publish::KEY, of::<Publish>(&mut generator)),
        ("clouds", levels::clouds()),
        (super::ci_image::KEY, ci_image::section()),
        (super::ci_image::PROFILES, ci_image::profiles()),
        (hosts::KEY, inventory(of::<Host>(&mut generator))),
        (VARS, own(OWN)),
        (CUSTOM, own("What `vars` was called when it could stand at the top only.")),
    ] {
        properties.insert(key.to_owned(), schema);
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": TITLE,
        "description": format!("Made by imgctl {}: `imgctl api --schema`.", env!("CARGO_PKG_VERSION")),
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// The schema as the text of its file.
#[must_use]
pub fn text() -> String {
    format!("{:#}", document())
}

/// All in one place, so that names of structs, which several clouds share, are nowhere.
fn generator() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    settings.into_generator()
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    loosen(generator.subschema_for::<T>().to_value())
}

fn inventory(mut host: Value) -> Value {
    if let Some(Value::Object(properties)) = host.get_mut("properties") {
        properties
            .insert(VARS.to_owned(), own("Values of your own, of this machine: `host.vars`."));
    }
    by_name("Machines that are no instances of a run, by name: `hosts::get(\"NAME\")`.", &host)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::schema;

    #[test]
    fn every_section_is_there_and_nothing_else() {
        let document = document();
        let sections: BTreeSet<&str> =
            document["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(sections, schema::SECTIONS.iter().copied().collect());
    }

    #[test]
    fn every_key_of_a_cloud_has_its_words() {
        let document = document();
        for cloud in CLOUDS {
            let name = levels::settings(cloud.name);
            let properties = document["definitions"][&name]["properties"].as_object().unwrap();
            assert_eq!(properties.len(), (cloud.fields)().len(), "{}", cloud.name);
        }
        let memory = &document["definitions"]["local.settings"]["properties"]["memory"];
        assert_eq!(memory["description"], "Memory of an instance.");
    }
}
