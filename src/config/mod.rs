//! `config.yaml`: layers, environment variables, the known keys.

mod duration;
pub mod fake;
pub mod local;
mod settings;

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Result;
pub use settings::{Common, Ssh};

/// The shipped defaults with the user's file and the command line's `--set` on top. Every key, at
/// every level, is known to be right; environment variables are looked up when a value is used.
#[derive(Debug, Clone)]
pub struct Config {}

impl Config {
    /// Reads `file`, else `config.yaml` in the project folder if there is one.
    ///
    /// `overrides` are `--set KEY=VALUE`: a dotted path in the document, or a setting of the
    /// selected cloud (`memory=4GiB`); the value is YAML.
    pub fn load(
        project: &Path,
        file: Option<&Path>,
        overrides: &[(String, String)],
    ) -> Result<Config> {
        let _ = (project, file, overrides);
        todo!()
    }

    /// The settings of one cloud, region and distribution, levels merged and variables filled in.
    /// What is `None` comes from `defaults:`.
    pub fn select(
        &self,
        cloud: Option<&str>,
        region: Option<&str>,
        distribution: Option<&str>,
    ) -> Result<Selection> {
        let _ = (cloud, region, distribution);
        todo!()
    }

    /// What stands at a dotted path (`ci_image.packages`), variables filled in; an empty path is
    /// the whole document. An unset variable is an error only if the value asked for contains it.
    pub fn get(&self, path: &str) -> Result<Option<Value>> {
        let _ = path;
        todo!()
    }

    /// The commented `config.yaml` that `imgctl init` writes.
    #[must_use]
    pub fn template() -> &'static str {
        ""
    }
}

/// One cloud, region and distribution with their settings.
#[derive(Debug, Clone)]
pub struct Selection {
    pub cloud: String,
    /// Empty where a cloud has none.
    pub region: String,
    pub distribution: String,
    pub common: Common,
    /// The cloud's own settings, all levels merged.
    pub provider: Value,
}

impl Selection {
    /// The cloud's own settings as the provider's struct; an error names the key.
    pub fn provider<T: DeserializeOwned>(&self) -> Result<T> {
        todo!()
    }

    /// Base name of instances and images.
    #[must_use]
    pub fn name(&self) -> String {
        todo!()
    }
}
