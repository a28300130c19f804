//! Which files have tests.

use std::path::{Path, PathBuf};

use crate::cli::walk;
use crate::script::shipped::{Shelf, Source, read};
use crate::{Code, Result};

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
            add_tests(&path, !is_all, &mut paths)?;
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

/// `test_*.rhai`, `*_test.rhai`, and all scripts below a folder `tests`; `inside` is one.
fn add_tests(folder: &Path, inside: bool, found: &mut Vec<PathBuf>) -> Result<()> {
    let mut scripts = Vec::new();
    walk::scripts(folder, &mut scripts)?;
    found.extend(scripts.into_iter().filter(|path| inside || is_test(path, folder)));
    Ok(())
}

fn is_test(path: &Path, folder: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let below = path.strip_prefix(folder).unwrap_or(path).parent();
    let mut folders = below.into_iter().flat_map(Path::components);
    stem.starts_with("test_")
        || stem.ends_with("_test")
        || folders.any(|it| it.as_os_str() == "tests")
}
