//! The texts of a script and of the modules that it has loaded.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::shipped::Source;

/// The texts by their names in errors, and the folders of those that are files.
#[derive(Default)]
pub struct Sources {
    texts: RwLock<HashMap<String, Arc<str>>>,
    folders: RwLock<HashMap<String, PathBuf>>,
}

impl Sources {
    /// Keeps a script's text for the fingerprints of its steps, and its folder for imports.
    pub fn remember(&self, source: &Source) {
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        texts.insert(source.name.clone(), source.text.as_str().into());
        if let Some(folder) = source.path.as_deref().and_then(|path| path.parent()) {
            let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
            folders.insert(source.name.clone(), folder.to_path_buf());
        }
    }

    /// The text of a script or module.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Arc<str>> {
        self.texts.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The folder of a script that is a file.
    #[must_use]
    pub fn folder(&self, name: &str) -> Option<PathBuf> {
        self.folders.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All texts with their names.
    #[must_use]
    pub fn all(&self) -> Vec<(String, String)> {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        texts.iter().map(|(name, text)| (name.clone(), text.to_string())).collect()
    }

    /// All texts except that of one script.
    #[must_use]
    pub fn module_texts(&self, but: &str) -> Vec<String> {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        texts.iter().filter(|(name, _)| *name != but).map(|(_, text)| text.to_string()).collect()
    }
}
