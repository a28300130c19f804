//! Finds the mistakes of scripts without running them: all of all files, each with its place.
//!
//! It works on texts in memory. What exists is read from the engine's metadata, from the structs that
//! read options, and from the syntax trees of imported modules.

mod calls;
pub mod diagnostic;
mod expression;
mod file;
mod flow;
mod imports;
pub mod kind;
mod known;
mod literal;
mod module;
mod options;
mod quick;
mod scope;
mod setting;
mod statement;
mod syntax;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use rhai::{Engine, OptimizationLevel};

pub use self::diagnostic::{Diagnostic, Severity, as_error};
use self::known::Known;
use self::module::Module;
pub use self::module::options_of;
pub use self::quick::{root, uses_namespace};
pub use self::syntax::parse_error;
use super::imports::Imports;
use super::shipped::Source;
use super::sources::Sources;
use crate::config::Config;

/// Checks files one after the other; a module that several import is checked once.
pub struct Checker<'e> {
    engine: &'e Engine,
    known: Known,
    imports: Imports,
    /// None: it could not be read, so that nothing is known about keys.
    config: Option<&'e Config>,
    /// The keys of all maps seen so far: one may be handed to another file, and hold a closure.
    keys: BTreeSet<String>,
    /// By the name of the text. None: it has no syntax tree.
    modules: BTreeMap<String, Option<Rc<Module>>>,
    /// The modules that are being read, outermost first.
    loading: Vec<String>,
    found: Vec<Diagnostic>,
}

impl<'e> Checker<'e> {
    /// `engine` was made by [`lenient`].
    pub fn new(
        engine: &'e Engine,
        project: &Path,
        sources: &Arc<Sources>,
        config: Option<&'e Config>,
    ) -> Checker<'e> {
        Checker {
            engine,
            keys: BTreeSet::new(),
            known: Known::new(engine),
            imports: Imports::new(project, sources),
            config,
            modules: BTreeMap::new(),
            loading: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Checks a file and all that it imports, unless that was done.
    pub fn check(&mut self, source: &Source) {
        self.module(source);
    }

    /// What was found, sorted.
    #[must_use]
    pub fn finish(mut self) -> Vec<Diagnostic> {
        Diagnostic::sort(&mut self.found);
        self.found
    }

    fn module(&mut self, source: &Source) -> Option<Rc<Module>> {
        if let Some(known) = self.modules.get(&source.name) {
            return known.clone();
        }
        self.imports.sources.remember(source);
        self.loading.push(source.name.clone());
        let module = file::check(self, source).map(Rc::new);
        self.loading.pop();
        self.modules.insert(source.name.clone(), module.clone());
        module
    }
}

/// An engine that reads scripts for [`Checker`]: names that do not exist do not end its parser, and
/// nothing that is written is optimised away.
pub fn lenient(engine: &mut Engine) {
    engine.set_strict_variables(false).set_optimization_level(OptimizationLevel::None);
}

/// The engine runs scripts again.
pub fn strict(engine: &mut Engine) {
    engine.set_strict_variables(true).set_optimization_level(OptimizationLevel::Simple);
}

/// Everything wrong in one script and in what it imports.
pub fn script(
    engine: &mut Engine,
    project: &Path,
    sources: &Arc<Sources>,
    config: Option<&Config>,
    source: &Source,
) -> Vec<Diagnostic> {
    lenient(engine);
    let mut checker = Checker::new(engine, project, sources, config);
    checker.check(source);
    let found = checker.finish();
    strict(engine);
    found
}
