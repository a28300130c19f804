//! Modules that are the same for every script of a process: one of a hundred builds has none of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Module, Shared};

use super::shipped::Source;

/// By the names of their texts.
#[derive(Default)]
pub struct SharedModules(Mutex<HashMap<String, Kept>>);

struct Kept {
    text: String,
    /// What its imports meant, in their order.
    imports: Vec<Shared<Module>>,
    module: Shared<Module>,
}

impl SharedModules {
    /// The module of exactly this text with exactly these imports.
    #[must_use]
    pub fn known(&self, source: &Source, imports: &[Shared<Module>]) -> Option<Shared<Module>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get(&source.name).filter(|kept| kept.text == source.text)?;
        let is_same = kept.imports.len() == imports.len()
            && kept.imports.iter().zip(imports).all(|(one, other)| Arc::ptr_eq(one, other));
        is_same.then(|| kept.module.clone())
    }

    pub fn keep(&self, source: &Source, imports: Vec<Shared<Module>>, module: &Shared<Module>) {
        let kept = Kept { text: source.text.clone(), imports, module: module.clone() };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(source.name.clone(), kept);
    }
}
