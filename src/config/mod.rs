//! `config.yaml`: layers, environment variables, the known keys.

mod access;
mod check;
mod choose;
mod decode;
mod duration;
pub mod ec2;
mod expand;
pub mod fake;
mod fault;
pub mod gce;
mod leaves;
mod load;
pub mod local;
mod locate;
mod merge;
mod mistake;
pub mod openstack;
mod path;
pub mod rackspace;
mod schema;
mod select;
mod settings;
mod source;
mod words;
mod yaml;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::{Error, Result};
use expand::Environment;
use path::KeyPath;
pub use select::Selection;
pub use settings::{Common, HostKeySource, Ssh};
use source::Source;

/// The shipped defaults with the user's file and the command line's `--set` on top. Every key, at
/// every level, is known to be right; environment variables are looked up when a value is used.
#[derive(Clone)]
pub struct Config {
    project: PathBuf,
    /// All sources merged.
    document: Value,
    /// Settings from the command line for whatever is selected.
    settings: Map<String, Value>,
    /// The weakest first.
    sources: Vec<Source>,
    environment: Environment,
    /// Where imgctl was called, which is where paths in variables start.
    folder: Option<PathBuf>,
}

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
        load::load(project, file, overrides)
    }

    /// Takes variables from here instead of from the process's environment.
    #[must_use]
    pub fn with_environment<K: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Config {
        self.environment =
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// What stands at a dotted path (`ci_image.packages`), variables filled in; an empty path is
    /// the whole document. An unset variable is an error only if the value asked for contains it.
    pub fn get(&self, path: &str) -> Result<Option<Value>> {
        let path = KeyPath::parse(path)?;
        let Some(value) = path.find(&self.document).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let mut value = value.clone();
        expand::expand(&mut value, &self.environment, None).map_err(|(below, problem)| {
            let path = path.join(below.0);
            self.error(std::slice::from_ref(&path), &path, &problem.message).hint(problem.hint)
        })?;
        Ok(Some(value))
    }

    /// The settings of one cloud, region and distribution, levels merged and variables filled in.
    /// What is `None` comes from `defaults:`.
    pub fn select(
        &self,
        cloud: Option<&str>,
        region: Option<&str>,
        distribution: Option<&str>,
    ) -> Result<Selection> {
        select::select(self, cloud, region, distribution)
    }

    /// The names that `cloud:` takes.
    pub fn clouds() -> impl Iterator<Item = &'static str> {
        schema::cloud_names()
    }

    /// The commented `config.yaml` that `imgctl init` writes.
    #[must_use]
    pub fn template() -> &'static str {
        include_str!("template.yaml")
    }

    /// An error about a value that may come from any of these paths, the strongest first.
    fn error(&self, paths: &[KeyPath], shown: &KeyPath, problem: &str) -> Error {
        match source::find(&self.sources, paths) {
            Some((place, path)) => Error::config(format!("{place}: {path}: {problem}")),
            None => Error::config(format!("{shown}: {problem}")),
        }
    }
}
