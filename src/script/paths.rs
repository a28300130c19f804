//! What paths of this machine lead to, as scripts ask for it.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

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

/// Whether every name in the path that begins with a dot has a dot in the pattern.
fn asked_for(pattern: &str, path: &Path) -> bool {
    let is_hidden = |name: &str| name.starts_with('.');
    let parts = |path: &Path| -> Vec<String> {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (pattern, names) = (parts(Path::new(pattern)), parts(path));
    let is_any = |part: &String| part == "**";
    let head = pattern.iter().position(is_any).unwrap_or(pattern.len());
    let tail = pattern.iter().rev().position(is_any).unwrap_or(0);
    names.iter().enumerate().filter(|(_, name)| is_hidden(name)).all(|(at, _)| {
        let from_end = names.len() - at;
        match () {
            () if at < head => pattern.get(at).is_some_and(|part| is_hidden(part)),
            () if from_end <= tail => is_hidden(&pattern[pattern.len() - from_end]),
            () => false,
        }
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
    let folder = PathBuf::from(Pattern::escape(&text_of(project)?));
    // As a shell does; names that begin with a dot are left out below.
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    };
    let whole = folder.join(pattern);
    let found = glob::glob_with(&whole.to_string_lossy(), options).map_err(|error| {
        Error::new(Code::Script, format!("`{pattern}` is not a pattern of paths")).cause(error)
    })?;
    let mut paths = Vec::new();
    for path in found {
        watch.check()?;
        let path = path.map_err(|error| {
            let folder = error.path().to_path_buf();
            Error::io("list", &folder, error.into())
        })?;
        let shown = match Path::new(pattern).is_absolute() {
            true => &path,
            false => path.strip_prefix(project).unwrap_or(&path),
        };
        if asked_for(pattern, shown) {
            let found = |error: Error| error.cause(format!("`{pattern}` matches it"));
            paths.push(text_of(shown).map_err(found)?);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::asked_for;

    #[test]
    fn hidden_names_are_found_where_the_pattern_has_a_dot() {
        for (pattern, path, expected) in [
            ("a/*", "a/b", true),
            ("a/*", "a/.b", false),
            ("./a/.*", "a/.b", true),
            ("/.cache/*", "/.cache/b", true),
            ("**/b", "a/.git/b", false),
            ("**/b", "a/c/b", true),
            ("**/.b", "a/c/.b", true),
            ("**/.b", ".a/.b", false),
            (".a/**/*.c", ".a/b/x.c", true),
            (".a/**/*.c", ".a/b/.c", false),
            ("../*", "../a", true),
        ] {
            assert_eq!(asked_for(pattern, Path::new(path)), expected, "{pattern} {path}");
        }
    }
}
