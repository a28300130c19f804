//! The list of all images, and what proves one: tried with the real binary on the fake cloud.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/project.rs"]
mod project;

#[path = "manifest/hygiene.rs"]
mod hygiene;
#[path = "manifest/interrupted.rs"]
mod interrupted;
#[path = "manifest/listed.rs"]
mod listed;
#[path = "manifest/offers.rs"]
mod offers;
#[path = "manifest/proof.rs"]
mod proof;

use project::Project;
use serde_json::Value;

/// The manifest of a project.
fn manifest(project: &Project) -> Value {
    let text = std::fs::read_to_string(project.path().join("images.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The entries of a manifest.
fn images(project: &Project) -> Vec<Value> {
    manifest(project)["images"].as_array().unwrap().clone()
}

fn state(project: &Project) -> Value {
    let text = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}
