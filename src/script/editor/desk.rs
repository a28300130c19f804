//! What is known whatever the script: the engine, the functions, the keys of config.yaml.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rhai::Engine;
use serde_json::Value;

use super::catalogue::Catalogue;
use super::kinds::Values;
use super::outline::Outline;
use crate::config::{Config, json_schema};
use crate::script::check::lenient;
use crate::script::engine::bare_engine;
use crate::script::shipped::{Source, without_head};
use crate::script::sources::{Sources, Unsaved};
use crate::script::trees::Trees;

/// Made once: all scripts of a process are read at it.
pub struct Desk {
    pub(super) engine: Engine,
    pub(super) trees: Arc<Trees>,
    pub(super) catalogue: Catalogue,
    /// The JSON Schema of config.yaml.
    pub(super) schema: Value,
}

/// A script as an editor has it.
#[derive(Clone, Copy)]
pub struct Script<'a> {
    pub project: &'a Path,
    pub path: &'a Path,
    pub text: &'a str,
    /// The texts of all files that are open.
    pub unsaved: &'a Arc<Unsaved>,
    /// None: it could not be read.
    pub config: Option<&'a Config>,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk::new()
    }
}

impl Desk {
    #[must_use]
    pub fn new() -> Desk {
        let mut engine = bare_engine();
        lenient(&mut engine);
        Desk {
            engine,
            trees: Arc::default(),
            catalogue: Catalogue::new(),
            schema: json_schema::document(),
        }
    }

    pub(super) fn values<'s>(&'s self, text: &'s str, outline: &'s Outline) -> Values<'s> {
        Values { catalogue: &self.catalogue, text, outline }
    }

    /// The texts that its imports are looked up in.
    pub(super) fn sources(&self, script: &Script<'_>) -> Arc<Sources> {
        Arc::new(Sources::of_editor(&self.trees, script.unsaved))
    }
}

impl Script<'_> {
    /// Its name in messages: the path in the project.
    #[must_use]
    pub fn name(&self) -> String {
        let inside = self.path.strip_prefix(self.project).unwrap_or(self.path);
        inside.display().to_string()
    }

    #[must_use]
    pub fn source(&self) -> Source {
        let path: PathBuf = self.path.to_path_buf();
        Source { name: self.name(), text: without_head(self.text.to_owned()), path: Some(path) }
    }
}
