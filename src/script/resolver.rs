//! `import "std/docker" as docker;`: the project's stdlib over the shipped one, and files beside
//! the script.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};

use super::engine::compile;
use super::errors::{Fallible, OrThrow, throw};
use super::shipped::{Shelf, Source, read};
use crate::error::nearest;
use crate::{Code, Error, Result};

/// Finds, compiles and keeps the modules of one run, and the texts of its scripts.
pub struct Resolver {
    project: PathBuf,
    modules: RwLock<HashMap<String, Shared<Module>>>,
    sources: RwLock<HashMap<String, Arc<str>>>,
    /// Where the scripts that are files are.
    folders: RwLock<HashMap<String, PathBuf>>,
    /// Modules being loaded, outermost first: one that imports itself would never end.
    loading: Mutex<Vec<String>>,
}

impl Resolver {
    #[must_use]
    pub fn new(project: PathBuf) -> Self {
        Resolver {
            project,
            modules: RwLock::default(),
            sources: RwLock::default(),
            folders: RwLock::default(),
            loading: Mutex::default(),
        }
    }

    /// Keeps a script's text, for the fingerprints of its steps.
    pub fn remember(&self, source: &Source) {
        let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        sources.insert(source.name.clone(), source.text.as_str().into());
        let folder = source.path.as_deref().and_then(|path| path.parent());
        if let Some(folder) = folder {
            let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
            folders.insert(source.name.clone(), folder.to_path_buf());
        }
    }

    /// The text of a script of this run.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Arc<str>> {
        self.sources.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The texts of everything remembered but one script.
    #[must_use]
    pub fn module_texts(&self, but: &str) -> Vec<String> {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        sources.iter().filter(|(name, _)| *name != but).map(|(_, text)| text.to_string()).collect()
    }

    #[must_use]
    pub fn as_resolver(self: Arc<Self>) -> SharedResolver {
        SharedResolver(self)
    }

    fn source(&self, importer: Option<&str>, path: &str) -> Result<Source> {
        if let Some(name) = path.strip_prefix("std/") {
            let found = Shelf::Stdlib.find(&self.project, name)?;
            return found.ok_or_else(|| {
                let known = Shelf::Stdlib.names(&self.project);
                let error = Error::new(Code::Script, format!("there is no module `{path}`"));
                match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => error.hint(format!("did you mean `std/{near}`?")),
                    None => error.hint(format!("std has: {}", known.join(", "))),
                }
            });
        }
        let mut file = PathBuf::from(path);
        if file.extension().is_none() {
            file.set_extension("rhai");
        }
        let beside = importer.and_then(|name| PathBuf::from(name).parent().map(PathBuf::from));
        let shown = beside.clone().unwrap_or_default().join(&file).display().to_string();
        let folders = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        let folder = importer.and_then(|name| folders.get(name).cloned());
        let folder = folder.unwrap_or_else(|| self.project.join(beside.unwrap_or_default()));
        read(&folder.join(file), shown).map_err(|error| error.with_code(Code::Script))
    }

    /// Loads a module, unless it is being loaded already.
    fn load(
        &self,
        engine: &Engine,
        importer: Option<&str>,
        path: &str,
    ) -> Fallible<Shared<Module>> {
        let source = self.source(importer, path).or_throw()?;
        let name = source.name.clone();
        {
            let mut loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
            if loading.contains(&name) {
                let circle = format!("{} -> {name}", loading.join(" -> "));
                let error = Error::new(Code::Script, format!("{name} imports itself: {circle}"));
                return Err(throw(error.hint("move what both need into a module of its own")));
            }
            loading.push(name.clone());
        }
        let loaded = self.load_source(engine, source);
        let mut loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        loading.retain(|other| *other != name);
        loaded
    }

    fn load_source(&self, engine: &Engine, source: Source) -> Fallible<Shared<Module>> {
        let kept = self.modules.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = kept.get(&source.name) {
            return Ok(module.clone());
        }
        drop(kept);
        self.remember(&source);
        let ast = compile(engine, &source).or_throw()?;
        super::check::check(engine, &ast, &source).or_throw()?;
        let mut module = Module::eval_ast_as_new(Scope::new(), &ast, engine)?;
        module.set_id(source.name.clone()).build_index();
        let module: Shared<Module> = module.into();
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        modules.insert(source.name, module.clone());
        Ok(module)
    }
}

/// A [`Resolver`] as Rhai wants to own it.
pub struct SharedResolver(Arc<Resolver>);

impl ModuleResolver for SharedResolver {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        self.0.load(engine, source, path).map_err(|error| {
            Box::new(EvalAltResult::ErrorInModule(path.to_string(), error, position))
        })
    }
}
