//! The scripts in a folder and in those below.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Folders that hold no scripts of the project's own.
const PASSED_OVER: [&str; 2] = ["node_modules", "target"];

/// Adds the paths of all `*.rhai`, in no order. Nothing is below what is no folder. What is hidden is passed over.
///
/// # Errors
/// A folder cannot be read; `found` has what was found before.
pub fn scripts(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let failed = |error| Error::io("list", folder, error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        // A link to a folder may lead round in a circle.
        if entry.file_type().map_err(failed)?.is_dir() {
            if !PASSED_OVER.contains(&&*name) {
                scripts(&path, found)?;
            }
        } else if name.ends_with(".rhai") && !path.is_dir() {
            found.push(path);
        }
    }
    Ok(())
}
