//! A script and all that it imports, however deep, without a look into what it says.

use std::sync::Arc;

use rhai::Engine;

use super::held;
use crate::script::checked::Texts;
use crate::script::imports::Imports;
use crate::script::shipped::Source;

/// The texts as they are now. What cannot be read or found is left out: a look into it tells that.
pub fn texts(engine: &Engine, imports: &Imports, script: &Source) -> Texts {
    let mut all = Texts::new();
    gather(engine, imports, script, &mut all);
    all
}

fn gather(engine: &Engine, imports: &Imports, source: &Source, all: &mut Texts) {
    if all.contains_key(&source.name) {
        return;
    }
    imports.sources.remember(source);
    let trees = imports.sources.trees.clone();
    let text: Arc<str> = trees.texts.of(source);
    all.insert(source.name.clone(), text);
    let Ok(ast) = trees.read(engine, source) else { return };
    for path in held::read(&ast).imports {
        if let Ok(imported) = imports.source(Some(&source.name), &path) {
            gather(engine, imports, &imported, all);
        }
    }
}
