//! `limits:`, how much of this computer a script may take.

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::Deserialize;

use super::sizes;

/// The section.
pub const KEY: &str = "limits";

/// Beyond these a script ends with an error that names the limit.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Memory of imgctl while a script runs.
    #[serde(deserialize_with = "sizes::required")]
    #[schemars(with = "super::forms::Size")]
    pub memory: ByteSize,
    /// A file that a script reads: `fs::read`, `template::file`, `secret::file`.
    #[serde(deserialize_with = "sizes::required")]
    #[schemars(with = "super::forms::Size")]
    pub file: ByteSize,
    /// What `local::run` keeps of each stream of a command.
    #[serde(deserialize_with = "sizes::required")]
    #[schemars(with = "super::forms::Size")]
    pub output: ByteSize,
    /// The body of a reply to `http::get` and `http::request`.
    #[serde(deserialize_with = "sizes::required")]
    #[schemars(with = "super::forms::Size")]
    pub reply: ByteSize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: ByteSize::gib(1),
            file: ByteSize::mib(64),
            output: ByteSize::mib(16),
            reply: ByteSize::mib(64),
        }
    }
}
