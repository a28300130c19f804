//! All sources merged, and the values in them.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::expand::{self, Environment};
use super::mistake::Mistake;
use super::path::KeyPath;
use super::schema;
use super::source::{self, Source};
use crate::{Error, Result};

/// The shipped defaults, overridden by the user's file and the command line's `--set`. Every key, at
/// every level, has been checked; environment variables are looked up when a value is used.
#[derive(Clone)]
pub struct Config {
    pub(super) project: PathBuf,
    /// All sources merged.
    pub(super) document: Value,
    /// The user's sources merged: what is in here is above all that is shipped, whatever the level.
    pub(super) own: Value,
    /// Settings from the command line for whatever is selected.
    pub(super) settings: Map<String, Value>,
    /// The weakest first.
    pub(super) sources: Vec<Source>,
    pub(super) environment: Environment,
    /// The working directory, where paths in variables start.
    pub(super) folder: Option<PathBuf>,
}

impl Config {
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

    /// The value at a dotted path (`ci_image.packages`), variables filled in; an empty path is the
    /// whole document. An unset variable is an error only if the value asked for contains it.
    pub fn get(&self, path: &str) -> Result<Option<Value>> {
        let path = KeyPath::parse(path)?;
        // `--set name=web` is of no level of the document, and stands above all.
        let given = Value::Object(self.settings.clone());
        let found = path.find(&self.document).or_else(|| path.find(&given));
        let Some(value) = found.filter(|value| !value.is_null()) else { return Ok(None) };
        let mut value = value.clone();
        expand::expand(&mut value, &self.environment, None).map_err(|(below, problem)| {
            let path = path.join(below.0);
            self.error(std::slice::from_ref(&path), &path, &problem.message).hint(problem.hint)
        })?;
        Ok(Some(value))
    }

    /// All settings as one text, with the names of variables in place of their values; without those of the
    /// rehearsal, whose faults are not a part of what is built.
    #[must_use]
    pub fn unexpanded(&self) -> String {
        let Config { document, own, settings, .. } = self;
        let [document, own] = [document, own].map(|document| {
            let mut document = document.clone();
            if let Some(Value::Object(clouds)) = document.get_mut("clouds") {
                clouds.remove("fake");
            }
            document
        });
        format!("{document} {own} {}", Value::Object(settings.clone()))
    }

    /// What imgctl ships, and over it what the user gives.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Value> {
        self.sources.first().map(|shipped| &shipped.document).into_iter().chain([&self.own])
    }

    /// Paths, the strongest first, in the order in which their values count: first those that the user gives.
    pub(super) fn own_first(&self, mut paths: Vec<KeyPath>) -> Vec<KeyPath> {
        paths.sort_by_key(|path| path.find(&self.own).is_none());
        paths
    }

    /// The user's files, the weakest first, with their texts.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        // The first source is what imgctl ships.
        self.sources.iter().skip(1).filter_map(Source::text_of_file)
    }

    /// The names that `cloud:` takes.
    pub fn clouds() -> impl Iterator<Item = &'static str> {
        schema::cloud_names()
    }

    /// Whether a distribution of this cloud need not be listed to be used.
    #[must_use]
    pub fn takes_any_distribution(cloud: &str) -> bool {
        schema::cloud(cloud).is_some_and(|schema| schema.any_distribution)
    }

    /// The commented `config.yaml` that `imgctl init` writes.
    #[must_use]
    pub fn template() -> &'static str {
        include_str!("template.yaml")
    }

    /// An error about a value that may come from any of these paths, the strongest first.
    pub(super) fn error(&self, paths: &[KeyPath], shown: &KeyPath, problem: &str) -> Error {
        match source::find(&self.sources, paths) {
            Some((source, path)) => source.error(Mistake::new(path.clone(), problem)),
            None => Error::config(format!("{shown}: {problem}")),
        }
    }
}
