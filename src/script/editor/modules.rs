//! The modules that a script imports or could import.

use super::desk::{Desk, Script};
use super::outline::{Import, Outline};
use crate::script::check::options_of;
use crate::script::imports::Imports;
use crate::script::shipped::{Shelf, Source};

/// A module with its text and what it declares.
pub struct Module {
    pub source: Source,
    pub outline: Outline,
}

impl Desk {
    /// The module that an import means.
    #[must_use]
    pub fn imported(&self, script: &Script<'_>, import: &Import) -> Option<Module> {
        let sources = self.sources(script);
        let own = script.source();
        sources.remember(&own);
        let imports = Imports::new(script.project, &sources);
        let source = imports.source(Some(&own.name), &import.path).ok()?;
        let outline = Outline::of(&source.text);
        Some(Module { source, outline })
    }

    /// The paths that can be imported from the library, the project's own among them.
    #[must_use]
    pub fn library(&self, script: &Script<'_>) -> Vec<String> {
        let names = Shelf::Stdlib.names(script.project).unwrap_or_default();
        names.into_iter().map(|name| format!("std/{name}")).collect()
    }

    /// The options that a function of a module reads from an argument, while its text can be parsed.
    #[must_use]
    pub fn options(&self, source: &Source, function: &str, argument: usize) -> Vec<String> {
        let Ok(ast) = self.trees.read(&self.engine, source) else { return Vec::new() };
        options_of(&ast, function, argument)
    }
}
