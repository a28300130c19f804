//! The documents say what is there, and all of it.

use std::path::Path;

use crate::report;
use crate::source::{Source, below, rust};

fn exists(path: &str) -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path.trim_end_matches('/')).exists()
}

/// What stands in backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_map_shows_every_part_of_the_house() {
    let text = Source::read("ARCHITECTURE.md").text;
    let mut missing = Vec::new();
    for file in rust() {
        let parts: Vec<&str> = file.path.split('/').collect();
        // `src/ssh/`, `src/state/`, and below cloud each provider.
        let named = match parts[..] {
            [_, file] => file.to_owned(),
            [_, "cloud" | "script", inner, _, ..] => format!("{inner}/"),
            [_, "cloud" | "script", file] if file != "mod.rs" => file.to_owned(),
            [_, top, ..] => format!("{top}/"),
            _ => continue,
        };
        if !text.contains(&named) {
            missing.push(format!("ARCHITECTURE.md does not show {named} ({})", file.path));
        }
    }
    missing.dedup();
    report(&missing, "a map that lacks a room is worse than none");
}

#[test]
fn the_documents_name_only_what_exists() {
    let mut wrong = Vec::new();
    for document in ["ARCHITECTURE.md", "README.md"] {
        let text = Source::read(document).text;
        for path in quoted(&text) {
            let ours = ["src/", "tests/", "stdlib/", "scripts/", "docs/"];
            let is_pattern = path.contains(['*', ' ', '<', '…']) || path.contains("NAME");
            if ours.iter().any(|top| path.starts_with(top)) && !is_pattern && !exists(path) {
                wrong.push(format!("{document} speaks of {path}, which does not exist"));
            }
        }
    }
    report(&wrong, "a path that leads nowhere costs the reader's trust in the others");
}

#[test]
fn every_promise_of_security_names_a_test() {
    let text = Source::read("docs/security.md").text;
    let rows = text.lines().filter(|line| line.starts_with("| ") && *line != "| promise | test |");
    let mut wrong = Vec::new();
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let tests = quoted(cell);
        if tests.is_empty() {
            wrong.push(format!("no test is named: {row}"));
        }
        for pair in tests.chunks(2) {
            let (file, name) = (pair[0], pair.get(1).copied().unwrap_or_default());
            let path = format!("tests/{file}");
            // Scripts of the library are rows of a table.
            let (function, row) = (format!("fn {name}("), format!("    {name}: "));
            let found = exists(&path) && {
                let text = Source::read(&path).text;
                text.contains(&function) || text.contains(&row)
            };
            if !found {
                wrong.push(format!("{path} has no test {name}"));
            }
        }
    }
    report(&wrong, "a promise that nothing tests is a hope");
}

#[test]
fn the_readme_lists_every_task() {
    let text = Source::read("README.md").text;
    let tasks = below("scripts", ".rhai");
    let names = tasks.iter().map(|file| file.path.trim_start_matches("scripts/"));
    let names = names.map(|name| name.trim_end_matches(".rhai"));
    let missing: Vec<_> = names
        .filter(|name| !text.contains(&format!("`{name}`")) && !text.contains(&format!("`{name}:")))
        .map(|name| format!("README.md's table lacks the task {name}"))
        .collect();
    report(&missing, "the table is where people look for what imgctl can do");
}
