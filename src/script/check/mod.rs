//! Finds the mistakes of scripts without running them: all of all files, each with its place.
//!
//! It works on texts in memory. What exists is read from the engine's metadata, from the structs that
//! read options, and from the syntax trees of imported modules.

mod argument_types;
mod begin;
mod calls;
mod changed;
mod closures;
mod constant;
mod counts;
pub mod diagnostic;
mod effects;
mod expression;
mod facts;
mod file;
mod flow;
mod foreign;
mod gathered;
mod given;
mod held;
mod host_parameters;
mod imports;
mod keyword;
pub mod kind;
mod known;
mod literal;
mod local_file;
mod maps;
mod meant;
mod module;
mod operator;
mod options;
mod otherwise;
mod pure;
mod quick;
mod scope;
mod setting;
mod statement;
mod syntax;
mod syntax_hint;
mod tasks;
mod unlikely;
mod values;
mod variable;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rhai::{Engine, OptimizationLevel};

pub use self::diagnostic::{Diagnostic, Severity, as_error};
use self::known::Known;
use self::module::Module;
pub use self::module::options_of;
pub use self::pure::calls_nothing;
pub use self::quick::{root, uses_namespace};
pub use self::syntax::parse_error;
use super::imports::Imports;
use super::shipped::Source;
use super::sources::{Sources, plain};
use crate::config::Config;

/// Checks files one after the other; a module that several import is checked once.
pub struct Checker<'e> {
    engine: &'e Engine,
    known: Known,
    imports: Imports,
    /// None: it could not be read, so that nothing is known about keys.
    config: Option<&'e Config>,
    /// The keys that may hold a closure in any map of all files: one may be handed to another file.
    keys: BTreeSet<String>,
    /// The names of the texts that any of all files imports.
    imported: BTreeSet<String>,
    /// The files that these keys were collected from.
    collected: BTreeSet<String>,
    /// Their paths.
    read: BTreeSet<PathBuf>,
    /// Whether an operator takes values of these types, as far as it was asked.
    operators: BTreeMap<(String, Vec<String>), bool>,
    /// By the name of the text. None: it has no syntax tree.
    modules: BTreeMap<String, Option<Rc<Module>>>,
    /// Nothing is wrong with the texts in the program: tests have looked into them.
    trusts_shipped: bool,
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
            imported: BTreeSet::new(),
            collected: BTreeSet::new(),
            read: BTreeSet::new(),
            operators: BTreeMap::new(),
            known: Known::new(engine),
            imports: Imports::new(project, sources),
            config,
            modules: BTreeMap::new(),
            trusts_shipped: false,
            loading: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Checks files and all that they import, each once. What is found does not depend on their order.
    pub fn check(&mut self, sources: &[Source]) {
        sources.iter().for_each(|source| self.collect_keys(source));
        sources.iter().for_each(|source| drop(self.module(source)));
    }

    /// A file that cannot be read is told when it is checked.
    fn collect_keys(&mut self, source: &Source) {
        if !self.collected.insert(source.name.clone()) {
            return;
        }
        self.read.extend(source.path.as_deref().map(plain));
        self.imports.sources.remember(source);
        let trees = self.imports.sources.trees.clone();
        let Ok(ast) = trees.read(self.engine, source) else { return };
        let held = held::read(&ast);
        self.keys.extend(held.keys);
        for path in held.imports {
            if let Ok(imported) = self.imports.source(Some(&source.name), &path) {
                self.imported.insert(imported.name.clone());
                self.collect_keys(&imported);
            }
        }
    }

    /// The files of this machine that were read, however they were named.
    #[must_use]
    pub fn read(&self) -> BTreeSet<PathBuf> {
        self.read.clone()
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
    checker.check(std::slice::from_ref(source));
    let found = checker.finish();
    strict(engine);
    found
}

/// As [`script`] of what is about to be run: texts in which nothing was found are not looked into again, and
/// shipped ones not at all.
pub fn script_once(
    engine: &mut Engine,
    project: &Path,
    sources: &Arc<Sources>,
    config: &Arc<Config>,
    source: &Source,
) -> Vec<Diagnostic> {
    lenient(engine);
    let all = gathered::gathered(engine, &Imports::new(project, sources), source);
    let checked = &sources.trees.checked;
    if checked.knows(&source.name, &all.texts, config) {
        strict(engine);
        return Vec::new();
    }
    let mut checker = Checker::new(engine, project, sources, Some(config));
    checker.trusts_shipped = !all.has_own_library;
    checker.check(std::slice::from_ref(source));
    let found = checker.finish();
    strict(engine);
    if found.is_empty() {
        checked.keep(&source.name, all.texts, config);
    }
    found
}
