//! What a cloud may lack, by the names that settings and scripts have for it.

use schemars::JsonSchema;
use serde::Deserialize;

/// An operation that a provider may lack. Using a missing one is an error before the first task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    Stop,
    Console,
    CopyImage,
    ShareImage,
    DeprecateImage,
    /// At a date to come.
    DeprecateImageLater,
    PromoteImage,
    ExportImage,
}
