//! The texts of a script and of the modules that it has loaded.

use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::closures::Closures;
use super::shipped::{Source, read, without_head};
use super::trees::Trees;

/// The texts of files that an editor has open, by their paths.
pub type Unsaved = HashMap<PathBuf, String>;

/// The texts by their names in errors, and the folders of those that are files.
#[derive(Default)]
pub struct Sources {
    texts: RwLock<HashMap<String, Arc<str>>>,
    folders: RwLock<HashMap<String, PathBuf>>,
    /// The names of those that every step has around it: loaded before any, or between them.
    around: RwLock<BTreeSet<String>>,
    /// Shared with other scripts.
    pub trees: Arc<Trees>,
    /// They are read in place of what is on the disk.
    pub unsaved: Arc<Unsaved>,
}

impl Sources {
    #[must_use]
    pub fn sharing(trees: &Arc<Trees>) -> Sources {
        Sources { trees: trees.clone(), ..Sources::default() }
    }

    /// Those of an editor, which has some files open.
    #[must_use]
    pub fn of_editor(trees: &Arc<Trees>, unsaved: &Arc<Unsaved>) -> Sources {
        Sources { unsaved: unsaved.clone(), ..Sources::sharing(trees) }
    }

    /// The text of a file that is being edited, under this name.
    #[must_use]
    pub fn edited(&self, path: &Path, name: &str) -> Option<Source> {
        if self.unsaved.is_empty() {
            return None;
        }
        let path = plain(path);
        let text = without_head(self.unsaved.get(&path)?.clone());
        Some(Source { name: name.to_owned(), text, path: Some(path) })
    }

    /// Keeps a script's text for the fingerprints of its steps, and its folder for imports.
    pub fn remember(&self, source: &Source) {
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        texts.insert(source.name.clone(), self.trees.texts.of(source));
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

    /// The functions without a name in a text.
    #[must_use]
    pub fn closures(&self, name: &str) -> Option<Arc<Closures>> {
        let text = self.text(name)?;
        Some(self.trees.texts.closures(name, &text))
    }

    /// The folder of a script that is a file.
    #[must_use]
    pub fn folder(&self, name: &str) -> Option<PathBuf> {
        self.folders.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Whether a file is not what it was when it was read.
    #[must_use]
    pub fn have_changed(&self) -> bool {
        self.all().into_iter().any(|(name, text)| {
            let (Some(folder), Some(file)) = (self.folder(&name), Path::new(&name).file_name())
            else {
                return false;
            };
            read(&folder.join(file), name.clone()).is_ok_and(|now| now.text != text)
        })
    }

    /// All texts with their names.
    #[must_use]
    pub fn all(&self) -> Vec<(String, String)> {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        texts.iter().map(|(name, text)| (name.clone(), text.to_string())).collect()
    }

    /// What is loaded now is around every step.
    pub fn are_around(&self) {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        let mut around = self.around.write().unwrap_or_else(PoisonError::into_inner);
        around.extend(texts.keys().cloned());
    }

    /// What every step has around it, except that of one script, by name.
    #[must_use]
    pub fn around(&self, but: &str) -> Vec<(String, Arc<str>)> {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        let around = self.around.read().unwrap_or_else(PoisonError::into_inner);
        let names = around.iter().filter(|name| *name != but);
        names.filter_map(|name| Some((name.clone(), texts.get(name)?.clone()))).collect()
    }

    /// What is loaded and not around every step, by name.
    #[must_use]
    pub fn further(&self) -> Vec<(String, Arc<str>)> {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        let around = self.around.read().unwrap_or_else(PoisonError::into_inner);
        let further = texts.iter().filter(|(name, _)| !around.contains(*name));
        further.map(|(name, text)| (name.clone(), text.clone())).collect()
    }
}

/// A path without `.` and, but at its beginning, without `..`: files that are not there yet have no other.
#[must_use]
pub fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if found.file_name().is_some() => drop(found.pop()),
            Component::ParentDir if found.has_root() => {}
            other => found.push(other),
        }
    }
    found
}
