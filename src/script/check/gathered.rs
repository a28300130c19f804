//! A script and all that it imports, however deep, without a look into what it says.

use std::sync::Arc;

use rhai::Engine;

use super::held;
use crate::script::checked::Texts;
use crate::script::imports::Imports;
use crate::script::shipped::{Shelf, Source};

#[derive(Default)]
pub struct Gathered {
    /// As they are now. What cannot be read or found is left out: a look into it tells that.
    pub texts: Texts,
    /// The project has replaced a module of the library, which others of the library may import.
    pub has_own_library: bool,
}

pub fn gathered(engine: &Engine, imports: &Imports, script: &Source) -> Gathered {
    let mut all = Gathered::default();
    gather(engine, imports, script, &mut all);
    all
}

fn gather(engine: &Engine, imports: &Imports, source: &Source, all: &mut Gathered) {
    if all.texts.contains_key(&source.name) {
        return;
    }
    all.has_own_library |= source.path.is_some() && Shelf::Stdlib.file(&source.name).is_some();
    imports.sources.remember(source);
    let trees = imports.sources.trees.clone();
    let text: Arc<str> = trees.texts.of(source);
    all.texts.insert(source.name.clone(), text);
    let Ok(ast) = trees.read(engine, source) else { return };
    for path in held::read(&ast).imports {
        if let Ok(imported) = imports.source(Some(&source.name), &path) {
            gather(engine, imports, &imported, all);
        }
    }
}
