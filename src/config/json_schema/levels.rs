//! The levels at which settings may stand: a cloud, its regions, and distributions in both.

use serde_json::{Map, Value, json};

use super::ci_image;
use super::parts::{OWN, by_name, name, own};
use crate::config::schema::{self, CLOUDS, CloudSchema, VARS};

/// The definition of the settings that one cloud has.
pub fn settings(cloud: &str) -> String {
    format!("{cloud}.settings")
}

/// The levels of a cloud, each a definition.
pub fn all(cloud: &CloudSchema, definitions: &Map<String, Value>) -> Vec<(String, Value)> {
    let level = |structure: &[(&str, Value)]| {
        let mut properties = Map::new();
        for of in ["common".to_owned(), settings(cloud.name)] {
            refer(&of, definitions, &mut properties);
        }
        add_own(&mut properties);
        properties.extend(structure.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        json!({"type": ["object", "null"], "properties": properties, "additionalProperties": false})
    };
    let part = |part: &str| format!("{}.{part}", cloud.name);
    let below = |name: &str| json!({"$ref": format!("#/definitions/{}", part(name))});
    let distributions = by_name(
        "Settings of one distribution, over those around it; by name.",
        &below("distribution"),
    );
    let mut structure = vec![
        ("distribution", name("The distribution on this cloud, unless one is chosen.", &[].into())),
        ("distributions", distributions.clone()),
    ];
    if cloud.regions {
        structure.push(("region", name("The region, unless one is chosen.", &[].into())));
        let regions = by_name("Settings of one region, by name.", &below("region"));
        structure.push(("regions", regions));
    }
    let mut found = vec![(part("distribution"), level(&[]))];
    if cloud.regions {
        found.push((part("region"), level(&[("distributions", distributions)])));
    }
    found.push((cloud.name.to_owned(), level(&structure)));
    found
}

/// The section of all clouds.
pub fn clouds() -> Value {
    let each = CLOUDS.iter().map(|cloud| {
        let refers = json!({"$ref": format!("#/definitions/{}", cloud.name)});
        (cloud.name.to_owned(), refers)
    });
    json!({
        "description": "Settings of clouds. They are read from the cloud, then its region, then the distribution, \
                        and last the distribution in the region; each overrides those before.",
        "type": ["object", "null"],
        "properties": each.collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

/// What counts when the command line chooses nothing, and settings of all clouds.
pub fn defaults(definitions: &Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let cloud = name("The cloud, unless one is chosen.", &schema::cloud_names().collect());
    properties.insert("cloud".to_owned(), cloud);
    for (key, words) in [
        ("region", "The region, unless one is chosen."),
        ("distribution", "The distribution, unless one is chosen."),
    ] {
        properties.insert(key.to_owned(), name(words, &[].into()));
    }
    refer("common", definitions, &mut properties);
    add_own(&mut properties);
    json!({
        "description": "Used when the command line names no cloud, region or distribution; and settings that \
                        every cloud has.",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The keys of a definition by reference: they are written out once.
fn refer(name: &str, definitions: &Map<String, Value>, into: &mut Map<String, Value>) {
    let keys = definitions.get(name).and_then(|it| it.get("properties")?.as_object());
    for key in keys.into_iter().flat_map(Map::keys) {
        // A key of every cloud wins, as in the reader.
        let refers = || json!({"$ref": format!("#/definitions/{name}/properties/{key}")});
        into.entry(key.clone()).or_insert_with(refers);
    }
}

fn add_own(properties: &mut Map<String, Value>) {
    properties.insert(crate::config::ci_image::KEY.to_owned(), ci_image::here());
    properties.insert(VARS.to_owned(), own(OWN));
}
