//! The scripts in which nothing was found, with exactly what they import: a hundred builds of one process look
//! into each once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Config;

/// The texts of a script and of all that it imports, by their names.
pub type Texts = BTreeMap<String, Arc<str>>;

/// By the names of the scripts.
#[derive(Default)]
pub struct Checked(Mutex<HashMap<String, Kept>>);

struct Kept {
    texts: Texts,
    config: Arc<Config>,
}

impl Checked {
    /// Whether nothing was found in exactly these texts, under this configuration.
    #[must_use]
    pub fn knows(&self, script: &str, texts: &Texts, config: &Arc<Config>) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(script);
        known.is_some_and(|kept| Arc::ptr_eq(&kept.config, config) && kept.texts == *texts)
    }

    pub fn keep(&self, script: &str, texts: Texts, config: &Arc<Config>) {
        let kept = Kept { texts, config: config.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(script.to_owned(), kept);
    }
}
