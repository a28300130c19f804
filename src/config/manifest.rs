//! `manifest:`, the file that lists all images.

use schemars::JsonSchema;
use serde::Deserialize;

/// The section.
pub const KEY: &str = "manifest";

/// The file that lists all images.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Manifest {
    /// From the project's folder. None: `images.json`.
    pub file: Option<String>,
    /// None: images are listed.
    pub enabled: Option<bool>,
}
