//! Loads the modules that a script imports.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rhai::{
    Engine, EvalAltResult, GlobalRuntimeState, Module, ModuleResolver, Position, Scope, Shared,
};

use super::check::{self, as_error};
use super::closures::words;
use super::compile::compile;
use super::errors::{Fallible, OrThrow, throw};
use super::imports::Imports;
use super::plain::imports_of_plain;
use super::running::Script;
use super::shipped::Source;
use super::sources::Sources;
use crate::state::InputKind;
use crate::{Code, Error, Result};

/// Finds, compiles and keeps the modules of one script.
pub struct Resolver {
    imports: Imports,
    /// Makes an engine that runs nothing, for modules that are checked as they are loaded.
    bare: fn() -> Engine,
    modules: RwLock<HashMap<String, Shared<Module>>>,
    /// Modules being loaded, outermost first, to refuse one that imports itself.
    loading: Mutex<Vec<String>>,
}

impl Resolver {
    #[must_use]
    pub fn new(project: &Path, sources: &Arc<Sources>, bare: fn() -> Engine) -> Self {
        Resolver {
            imports: Imports::new(project, sources),
            bare,
            modules: RwLock::default(),
            loading: Mutex::default(),
        }
    }

    /// Loads a module, unless it is being loaded already.
    fn load(
        &self,
        engine: &Engine,
        importer: Option<&str>,
        path: &str,
    ) -> Fallible<Shared<Module>> {
        let source = self.imports.source(importer, path).or_throw()?;
        let name = source.name.clone();
        {
            let mut loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
            if loading.contains(&name) {
                let circle = format!("{} -> {name}", loading.join(" -> "));
                let error = Error::new(Code::Script, format!("{name} imports itself: {circle}"));
                return Err(throw(error.hint("move what both modules need into a third one")));
            }
            loading.push(name.clone());
        }
        let loaded = self.load_source(engine, source);
        let mut loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        loading.retain(|other| *other != name);
        loaded
    }

    /// A module whose name was not known before the script ran, or whose text has changed since, is
    /// checked when it is loaded.
    fn refuse_unchecked(&self, source: &Source) -> Result<()> {
        let Imports { project, sources } = &self.imports;
        if sources.text(&source.name).is_some_and(|text| *text == *source.text) {
            return Ok(());
        }
        let found = check::script(&mut (self.bare)(), project, sources, None, source);
        as_error(&found).map_or(Ok(()), Err)
    }

    fn load_source(&self, engine: &Engine, source: Source) -> Fallible<Shared<Module>> {
        let kept = self.modules.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = kept.get(&source.name) {
            return Ok(module.clone());
        }
        drop(kept);
        self.refuse_unchecked(&source).or_throw()?;
        let module = self.module(engine, &source)?;
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        modules.insert(source.name, module.clone());
        Ok(module)
    }
}

impl Resolver {
    /// The module of a text: one that every script of the process shares, where it can be shared.
    fn module(&self, engine: &Engine, source: &Source) -> Fallible<Shared<Module>> {
        let ast = compile(engine, &self.imports.sources, source).or_throw()?;
        let shared = &self.imports.sources.trees.modules;
        let load = |path: &String| self.load(engine, Some(source.name.as_str()), path);
        // What cannot be loaded is told by the evaluation, with its place.
        let imports = imports_of_plain(&ast)
            .and_then(|paths| paths.iter().map(load).collect::<Fallible<Vec<_>>>().ok());
        if let Some(known) = imports.as_ref().and_then(|imports| shared.known(source, imports)) {
            return Ok(known);
        }
        let mut module = Module::eval_ast_as_new(Scope::new(), &ast, engine)?;
        module.set_id(source.name.clone()).build_index();
        let module = module.into();
        if let Some(imports) = imports {
            shared.keep(source, imports, &module);
        }
        Ok(module)
    }
}

impl ModuleResolver for Resolver {
    /// An `import` that is run, within a step or not.
    fn resolve_raw(
        &self,
        engine: &Engine,
        global: &mut GlobalRuntimeState,
        _: &mut Scope,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let importer = global.source().map(str::to_owned);
        let within = self.loading.lock().unwrap_or_else(PoisonError::into_inner).len();
        let module = self.resolve(engine, importer.as_deref(), path, position)?;
        let script = global.tag.read_lock::<Script>().map(|script| script.clone());
        if let Some(script) = script.filter(|_| within == 0) {
            if script.reads.has_step() {
                for (name, text) in self.imports.sources.further() {
                    let text = || Some(words(&text));
                    script.notes_value(InputKind::Module, &name, text);
                }
            } else {
                self.imports.sources.are_around();
            }
        }
        Ok(module)
    }

    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        self.load(engine, source, path).map_err(|error| {
            Box::new(EvalAltResult::ErrorInModule(path.to_string(), error, position))
        })
    }
}
