//! The project that a file belongs to, and its configuration.

use std::path::{Path, PathBuf};

use super::documents::Documents;
use crate::config::{Config, USUAL};
use crate::script::check::Diagnostic;
use crate::script::editor;
use crate::script::shipped::Shelf;

/// The nearest folder upwards with a config.yaml, saved or not; else what is around `scripts` or `stdlib`; else
/// the folder that the editor has open; else the file's own.
#[must_use]
pub fn folder(path: &Path, documents: &Documents, opened: &[PathBuf]) -> PathBuf {
    let is_project = |folder: &&Path| {
        let config = folder.join(USUAL);
        documents.text(&config).is_some() || config.is_file()
    };
    let own = path.parent().unwrap_or(Path::new("/"));
    if let Some(found) = own.ancestors().find(is_project) {
        return found.to_path_buf();
    }
    let shelves = [Shelf::Scripts, Shelf::Stdlib].map(Shelf::folder);
    let is_shelf = |folder: &&Path| {
        folder.file_name().is_some_and(|name| shelves.iter().any(|shelf| name == *shelf))
    };
    if let Some(around) = own.ancestors().find(is_shelf).and_then(Path::parent) {
        return around.to_path_buf();
    }
    let around = opened.iter().filter(|folder| path.starts_with(folder));
    let nearest = around.max_by_key(|folder| folder.components().count());
    nearest.cloned().unwrap_or_else(|| own.to_path_buf())
}

/// The configuration of a project, with the text of its file as it is edited.
///
/// # Errors
/// What is wrong in it.
pub fn config(project: &Path, documents: &Documents) -> Result<Config, Vec<Diagnostic>> {
    editor::config(project, documents.text(&project.join(USUAL)))
}
