//! Which files have tests.

use std::path::{Path, PathBuf};

use crate::script::shipped::{Shelf, Source, read};
use crate::{Code, Error, Result};

/// Folders that hold no scripts of the project's own.
const PASSED_OVER: [&str; 2] = ["node_modules", "target"];

/// The files below the given folders, and the given files; those of the library if asked for.
pub fn find(project: &Path, given: &[String], library: bool) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    if library {
        sources.extend(Shelf::Stdlib.shipped_below("tests"));
    }
    let mut paths = Vec::new();
    let whole = [project.to_path_buf()];
    let given: Vec<PathBuf> = given.iter().map(PathBuf::from).collect();
    let all = if given.is_empty() && !library { &whole[..] } else { &given };
    let root = project.canonicalize().unwrap_or_else(|_| project.to_path_buf());
    for path in all {
        let path = path.canonicalize().unwrap_or_else(|_| path.clone());
        if path.is_dir() {
            // A folder that is named holds tests, unless it is all of the project.
            let is_all = root.starts_with(&path);
            walk(&path, !is_all, &mut paths)?;
        } else {
            paths.push(path);
        }
    }
    paths.sort();
    paths.dedup();
    for path in paths {
        let shown = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        let source = read(&path, shown);
        sources.push(source.map_err(|error| error.with_code(Code::Usage))?);
    }
    Ok(sources)
}

fn is_test_folder(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests")
}

/// `test_*.rhai`, `*_test.rhai`, and all scripts below a folder `tests`.
fn walk(folder: &Path, inside: bool, found: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |error| Error::io("read", folder, error);
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
                walk(&path, inside || is_test_folder(&path), found)?;
            }
        } else if let Some(stem) = name.strip_suffix(".rhai")
            && (inside || stem.starts_with("test_") || stem.ends_with("_test"))
        {
            found.push(path);
        }
    }
    Ok(())
}
