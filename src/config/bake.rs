//! `bake:`, what is in an image besides that which the shipped tasks put there.

use schemars::JsonSchema;
use serde::Deserialize;

/// The section.
pub const KEY: &str = "bake";

/// What the task `bake` does besides the shipped tasks.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bake {
    /// Your own tasks, by name: they run after bootstrap, before tests and the image.
    pub tasks: Vec<String>,
}
