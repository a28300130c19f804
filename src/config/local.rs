//! Settings of the local cloud. (Stands in until the local cloud brings its own.)

use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub base: Option<serde_json::Value>,
}
