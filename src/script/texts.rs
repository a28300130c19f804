//! The texts that several scripts of a process have loaded: they share them, and what was found in them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::closures::{Closures, words};
use super::shipped::Source;
use crate::run::digest;

/// The newest text of each name.
#[derive(Default)]
pub struct Texts(Mutex<HashMap<String, Kept>>);

struct Kept {
    text: Arc<str>,
    /// The functions without a name in it.
    closures: Option<Arc<Closures>>,
    /// The digest of its words.
    digest: Option<String>,
}

impl Texts {
    /// The text of a script.
    #[must_use]
    pub fn of(&self, source: &Source) -> Arc<str> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = all.get(&source.name).filter(|kept| *kept.text == *source.text) {
            return kept.text.clone();
        }
        let text: Arc<str> = source.text.as_str().into();
        all.insert(source.name.clone(), Kept { text: text.clone(), closures: None, digest: None });
        text
    }

    /// The functions without a name in a text of this name, which may not be the newest.
    #[must_use]
    pub fn closures(&self, name: &str, text: &Arc<str>) -> Arc<Closures> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = || Arc::new(Closures::of(text));
        match all.get_mut(name).filter(|kept| Arc::ptr_eq(&kept.text, text)) {
            Some(kept) => kept.closures.get_or_insert_with(found).clone(),
            None => found(),
        }
    }

    /// The digest of the words of a text of this name, which may not be the newest.
    #[must_use]
    pub fn digest(&self, name: &str, text: &Arc<str>) -> String {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = || digest::of(&[words(text)]);
        match all.get_mut(name).filter(|kept| Arc::ptr_eq(&kept.text, text)) {
            Some(kept) => kept.digest.get_or_insert_with(found).clone(),
            None => found(),
        }
    }
}
