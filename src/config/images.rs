//! `images:`, what is written beside an image when it is made.

use schemars::JsonSchema;
use serde::Deserialize;

/// The section.
pub const KEY: &str = "images";

/// What is written beside an image when it is made.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Images {
    /// Where the files are, from the project's folder.
    pub folder: String,
    /// The formats of the bill of materials.
    pub sbom: Vec<Format>,
    pub provenance: Provenance,
    /// Whether it is told which packages a build has added, removed and changed.
    pub packages: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Cyclonedx,
    Spdx,
}

/// The statement of where an image comes from.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Provenance {
    /// Whether it is written; a key says so, too.
    pub enabled: bool,
    /// The private key to sign with, or a public one whose private half the SSH agent has.
    pub key: String,
    /// A URI that names who builds.
    pub builder: String,
}
