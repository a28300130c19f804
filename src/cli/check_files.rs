//! The files that `imgctl check` reads.

use std::path::Path;

use super::walk;
use crate::script::shipped::{Shelf, Source, read};
use crate::script::sources::plain;
use crate::{Code, Error, Result};

/// The files to check, and the errors of those that cannot be read. `given` are files and folders; without
/// any it is the whole project: tasks, modules, tests, and what is in folders below.
pub fn find(project: &Path, given: &[String]) -> (Vec<Source>, Vec<Error>) {
    let mut found: Vec<Result<Source>> = Vec::new();
    if given.is_empty() {
        for shelf in [Shelf::Scripts, Shelf::Stdlib] {
            found.extend(of_shelf(shelf, project));
            found.extend(below(&project.join(shelf.folder()), shelf.folder(), 1));
        }
        // What has no test is something that tests read; they import their modules themselves.
        let of_tests = below(&project.join("tests"), "tests", 0).into_iter();
        found.extend(of_tests.filter(|it| it.as_ref().is_ok_and(has_test)));
    }
    for path in given {
        if !Path::new(path).is_dir() {
            found.push(read(Path::new(path), path.clone()));
            continue;
        }
        match below(Path::new(path), path, 0) {
            all if all.is_empty() => found.push(Err(nothing_in(path))),
            all => found.extend(all),
        }
    }
    let (mut sources, mut errors) = (Vec::<Source>::new(), Vec::new());
    for source in found {
        match source {
            Ok(source) if sources.iter().any(|it| it.name == source.name) => {}
            Ok(source) => sources.push(source),
            Err(error) => errors.push(error),
        }
    }
    (sources, errors)
}

fn has_test(source: &Source) -> bool {
    source.text.lines().any(|line| line.trim_start().starts_with("fn test_"))
}

fn nothing_in(folder: &str) -> Error {
    Error::new(Code::Script, format!("cannot read {folder}"))
        .cause("it is a folder without scripts (*.rhai)")
        .hint("pass the path of a script file; `imgctl list` shows the tasks")
}

fn of_shelf(shelf: Shelf, project: &Path) -> Vec<Result<Source>> {
    match shelf.names(project) {
        Ok(names) => {
            let found = names.iter().map(|name| shelf.find(project, name).transpose());
            found.flatten().collect()
        }
        Err(error) => vec![Err(error)],
    }
}

/// The scripts of a folder and of those below, from `depth` levels down on. `shown` is its name in messages.
fn below(folder: &Path, shown: &str, depth: usize) -> Vec<Result<Source>> {
    let mut paths = Vec::new();
    let walked = walk::scripts(folder, &mut paths);
    paths.sort();
    let is_deep = |path: &Path| {
        let inside = path.strip_prefix(folder).unwrap_or(path);
        inside.components().count() > depth
    };
    paths.retain(|path| is_deep(path));
    let mut found: Vec<Result<Source>> = walked.err().map(Err).into_iter().collect();
    found.extend(paths.into_iter().map(|path| {
        let inside = path.strip_prefix(folder).unwrap_or(&path);
        let name = plain(&Path::new(shown).join(inside)).display().to_string();
        read(&path, name)
    }));
    found
}
