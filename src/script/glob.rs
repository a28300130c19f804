//! The paths that a pattern matches.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern, PatternError};

use crate::report::Watch;
use crate::{Code, Error, Result};

/// A part of a pattern, between two slashes.
enum Part {
    /// A name as it is written.
    Name(String),
    /// `*`, `?` and `[abc]`.
    Names(Pattern),
    /// `**`: any folders, or none.
    Folders,
}

impl Part {
    fn of(text: &str) -> std::result::Result<Part, PatternError> {
        Ok(match text {
            "**" => Part::Folders,
            _ if text.contains(['*', '?', '[']) => Part::Names(Pattern::new(text)?),
            _ => Part::Name(text.to_owned()),
        })
    }
}

/// Paths below `folder`, relative as the pattern is, in no order. What begins with a dot must be asked for
/// with a dot. A name that is not UTF-8 is matched as if each wrong part were one character.
///
/// # Errors
/// `Script`: it is not a pattern. `Io`: a folder on the way cannot be read. `Interrupted`.
pub fn matching(folder: &Path, pattern: &str, watch: &Watch) -> Result<Vec<PathBuf>> {
    let refused = |error: PatternError| {
        Error::new(Code::Script, format!("`{pattern}` is not a pattern of paths")).cause(error)
    };
    // Its positions are those in the whole pattern.
    Pattern::new(pattern).map_err(refused)?;
    let root = if pattern.starts_with('/') { "/" } else { "" };
    let mut found = vec![PathBuf::from(root)];
    for text in pattern.split('/').filter(|text| !["", "."].contains(text)) {
        let walk = Walk { folder, watch };
        found = match Part::of(text).map_err(refused)? {
            Part::Name(name) => walk.named(&found, &name),
            Part::Names(pattern) => walk.inside(&found, &pattern)?,
            Part::Folders => walk.below(found)?,
        };
    }
    found.retain(|path| !path.as_os_str().is_empty());
    if pattern.ends_with('/') {
        found.retain(|path| folder.join(path).is_dir());
    }
    Ok(found)
}

struct Walk<'a> {
    folder: &'a Path,
    watch: &'a Watch,
}

impl Walk<'_> {
    fn named(&self, folders: &[PathBuf], name: &str) -> Vec<PathBuf> {
        let paths = folders.iter().map(|folder| folder.join(name));
        paths.filter(|path| self.folder.join(path).exists()).collect()
    }

    fn inside(&self, folders: &[PathBuf], pattern: &Pattern) -> Result<Vec<PathBuf>> {
        let is_match = |name: &str| pattern.matches_with(name, MatchOptions::new());
        let is_hidden_asked_for = pattern.as_str().starts_with('.');
        let mut found = Vec::new();
        for folder in folders {
            for path in self.entries(folder)? {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if (is_hidden_asked_for || !name.starts_with('.')) && is_match(&name) {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }

    /// These folders and all below them. One that a link leads back to is not entered again.
    fn below(&self, folders: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
        let mut found = BTreeSet::new();
        let mut left: Vec<(PathBuf, Vec<PathBuf>)> =
            folders.into_iter().map(|folder| (folder, Vec::new())).collect();
        while let Some((folder, above)) = left.pop() {
            // What cannot be resolved has gone, or is no folder.
            let Ok(real) = self.folder.join(&folder).canonicalize() else { continue };
            if above.contains(&real) || found.contains(&folder) || !real.is_dir() {
                continue;
            }
            let above = [above, vec![real]].concat();
            for path in self.entries(&folder)? {
                let name = path.file_name().unwrap_or_default().as_encoded_bytes();
                if !name.starts_with(b".") && self.folder.join(&path).is_dir() {
                    left.push((path, above.clone()));
                }
            }
            found.insert(folder);
        }
        Ok(found.into_iter().collect())
    }

    /// What is in a folder; nothing if it is not a folder.
    fn entries(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        self.watch.check()?;
        let whole = self.folder.join(folder);
        if !whole.is_dir() {
            return Ok(Vec::new());
        }
        let read = || -> std::io::Result<Vec<PathBuf>> {
            let entries = std::fs::read_dir(&whole)?;
            entries.map(|entry| Ok(folder.join(entry?.file_name()))).collect()
        };
        read().map_err(|error| Error::io("list", &whole, error))
    }
}
