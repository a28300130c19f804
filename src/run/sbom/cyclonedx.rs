//! CycloneDX 1.6, in JSON.

use serde_json::{Value, json};

use super::component::{Component, components};
use super::facts::{Image, Inventory};
use super::identity::{VERSION, id_of};
use super::licence::{self, Licence};

/// The reference to the image within the document.
const IMAGE: &str = "image";
/// That to its operating system.
const SYSTEM: &str = "os";

/// The bill as a document of the schema `bom-1.6`.
pub fn document(image: &Image, inventory: &Inventory, moment: &str) -> Value {
    let components = components(inventory);
    let mut refs = vec![json!(SYSTEM)];
    refs.extend(components.iter().map(|component| json!(component.purl)));
    let os = &inventory.os;
    let mut listed = vec![json!({
        "type": "operating-system",
        "bom-ref": SYSTEM,
        "name": os.id,
        "version": os.version,
    })];
    listed.extend(components.iter().map(component));
    let contents = json!({
        "metadata": {
            "timestamp": moment,
            "tools": {
                "components": [{"type": "application", "name": "imgctl", "version": VERSION}],
            },
            "component": {
                "type": "operating-system",
                "bom-ref": IMAGE,
                "name": image.name,
                "version": image.id,
            },
        },
        "components": listed,
        "dependencies": [{"ref": IMAGE, "dependsOn": refs}],
    });
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": id_of(&contents).urn().to_string(),
        "version": 1,
    });
    if let (Value::Object(document), Value::Object(contents)) = (&mut document, contents) {
        document.extend(contents);
    }
    document
}

fn component(component: &Component) -> Value {
    let package = &component.package;
    let mut value = json!({
        "type": "library",
        "bom-ref": component.purl,
        "name": package.name,
        "version": package.version,
        "purl": component.purl,
    });
    let mut set = |key: &str, part: Value| value[key] = part;
    if !package.supplier.trim().is_empty() {
        set("publisher", json!(package.supplier.trim()));
    }
    let licences = licences(&package.licences);
    if !licences.is_empty() {
        set("licenses", Value::Array(licences));
    }
    if !package.source.is_empty() {
        let source = format!("{} {}", package.source, package.source_version);
        set("properties", json!([{"name": "imgctl:source", "value": source.trim()}]));
    }
    if !component.paths.is_empty() {
        let places = component.paths.iter().map(|path| json!({"location": path}));
        set("evidence", json!({"occurrences": places.collect::<Vec<_>>()}));
    }
    value
}

/// One expression stands alone; of several licences each is an id or a name.
fn licences(names: &[String]) -> Vec<Value> {
    if let [one] = names
        && let Licence::Expression(text) = licence::read(one)
    {
        return vec![json!({"expression": text})];
    }
    let one = |name: &String| match licence::read(name) {
        Licence::Id(id) => json!({"license": {"id": id}}),
        Licence::Expression(text) | Licence::Name(text) => json!({"license": {"name": text}}),
    };
    names.iter().map(one).collect()
}
