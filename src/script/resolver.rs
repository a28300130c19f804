//! Imports: `std/NAME` from the project's stdlib or the shipped one, and files beside the script.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};

use super::compile::compile;
use super::errors::{Fallible, OrThrow, throw};
use super::shipped::{Shelf, Source, read};
use super::sources::Sources;
use crate::error::nearest;
use crate::{Code, Error, Result};

/// Finds, compiles and keeps the modules of one script.
pub struct Resolver {
    project: PathBuf,
    sources: Arc<Sources>,
    modules: RwLock<HashMap<String, Shared<Module>>>,
    /// Modules being loaded, outermost first, to refuse one that imports itself.
    loading: Mutex<Vec<String>>,
}

impl Resolver {
    #[must_use]
    pub fn new(project: &Path, sources: &Arc<Sources>) -> Self {
        Resolver {
            project: project.to_path_buf(),
            sources: sources.clone(),
            modules: RwLock::default(),
            loading: Mutex::default(),
        }
    }

    fn source(&self, importer: Option<&str>, path: &str) -> Result<Source> {
        if let Some(name) = path.strip_prefix("std/") {
            let found = Shelf::Stdlib.find(&self.project, name)?;
            if let Some(found) = found {
                return Ok(found);
            }
            let known = Shelf::Stdlib.names(&self.project)?;
            let error = Error::new(Code::Script, format!("there is no module `{path}`"));
            return Err(match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean `std/{near}`?")),
                None => error.hint(format!("import one of: {}", known.join(", "))),
            });
        }
        let mut file = PathBuf::from(path);
        if file.extension().is_none() {
            file.set_extension("rhai");
        }
        let beside = importer.and_then(|name| PathBuf::from(name).parent().map(PathBuf::from));
        let shown = beside.clone().unwrap_or_default().join(&file).display().to_string();
        let folder = importer.and_then(|name| self.sources.folder(name));
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
                return Err(throw(error.hint("move what both modules need into a third one")));
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
        self.sources.remember(&source);
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

impl ModuleResolver for Resolver {
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
