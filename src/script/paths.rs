//! What paths of this machine lead to, as scripts ask for it.

use std::path::{Path, PathBuf};

use super::glob::matching;
use crate::report::Watch;
use crate::run::digest::{self, ABSENT};
use crate::{Code, Error, Result};

/// The text of a path or name. Scripts have no other: a changed one would name another file, or none.
fn text_of(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        let shown = path.as_os_str().as_encoded_bytes().escape_ascii();
        Error::new(Code::Io, format!("the name `{shown}` is not UTF-8"))
            .hint("rename it, or handle it by a program: local::run")
    })
}

/// Whether a path exists, as a digest.
#[must_use]
pub fn existence(path: &Path) -> String {
    if path.exists() { "present".to_owned() } else { ABSENT.to_owned() }
}

/// The names in a folder, sorted.
pub fn names(path: &Path) -> Result<Vec<String>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(path)?;
        entries.map(|entry| Ok(entry?.file_name().into())).collect()
    };
    let names = read().map_err(|error| Error::io("list", path, error))?;
    let names: Result<Vec<String>> = names.iter().map(|name| text_of(name)).collect();
    let mut names = names.map_err(|error| {
        error.cause(format!("it is in {}, which fs::list lists", path.display()))
    })?;
    names.sort();
    Ok(names)
}

/// The digest of [`names`], of a folder that may not exist.
#[must_use]
pub fn names_digest(path: &Path) -> String {
    names(path).map_or_else(|_| ABSENT.to_owned(), |names| digest::of(&names))
}

/// The paths that a pattern matches, sorted; relative to the project if the pattern is relative.
pub fn matches(project: &Path, pattern: &str, watch: &Watch) -> Result<Vec<String>> {
    let found = matching(project, pattern, watch)?;
    let paths: Result<Vec<String>> = found.iter().map(|path| text_of(path)).collect();
    let mut paths = paths.map_err(|error| error.cause(format!("`{pattern}` matches it")))?;
    paths.sort();
    paths.dedup();
    Ok(paths)
}
