//! What is shipped to be read and edited: tasks, library, and the reference.

use imgctl::script::docs::{self, Entry};

use crate::project::Project;
use crate::report;
use crate::source::{below, library};

#[test]
fn every_function_has_an_example() {
    let entries = docs::entries().unwrap();
    assert!(entries.len() > 100, "only {} functions were found", entries.len());
    let without = entries.iter().filter(|entry| examples(entry).is_empty());
    let without: Vec<_> =
        without.map(|entry| format!("{} has no ```rhai example", entry.signature)).collect();
    report(&without, "people copy the example first and read the sentence later");
}

#[test]
fn every_function_says_what_it_does() {
    let entries = docs::entries().unwrap();
    let silent = entries.iter().filter(|entry| {
        let first = entry.text.lines().next().unwrap_or_default();
        first.is_empty() || first.starts_with("```")
    });
    let silent: Vec<_> =
        silent.map(|entry| format!("{} begins without a sentence", entry.signature)).collect();
    report(&silent, "the first sentence is all that `imgctl api` shows in its list");
}

/// The list of functions leaves out what has no comment, so the source is read for those.
#[test]
fn library_functions_are_documented_or_private() {
    let mut violations = Vec::new();
    for file in library() {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("fn ")) {
            if at == 0 || !lines[at - 1].starts_with("///") {
                violations.push(format!("{}:{}: {line}", file.path, at + 1));
            }
        }
    }
    report(&violations, "what scripts can call is in the reference; helpers are `private fn`");
}

pub fn examples(entry: &Entry) -> Vec<&str> {
    let after = entry.text.split("```rhai\n").skip(1);
    after.filter_map(|text| text.split("```").next()).collect()
}

#[test]
fn what_is_shipped_passes_the_check() {
    Project::new().imgctl(&["check"]).succeeds();
}

#[test]
fn every_task_has_a_summary() {
    let mut violations = Vec::new();
    for file in below("scripts", ".rhai") {
        let mut lines = file.text.lines();
        let first = lines.next().unwrap_or_default();
        let second = lines.next().unwrap_or_default();
        let text = first.strip_prefix("//! ").unwrap_or_default();
        if text.is_empty() || text.len() > 100 || !text.contains('.') {
            violations.push(format!("{}: {first:?} is no summary", file.path));
        }
        if second.starts_with("//! ") {
            violations.push(format!("{}: the summary goes on in the second line", file.path));
        }
    }
    report(&violations, "`imgctl help` shows the first line, and only that");
}

#[test]
fn a_task_fits_on_a_screen() {
    let long = below("scripts", ".rhai").into_iter().filter(|file| file.text.lines().count() > 50);
    let long: Vec<_> = long.map(|file| format!("{} has over 50 lines", file.path)).collect();
    report(&long, "a task is the policy, to be read at one glance: mechanisms go to stdlib");
}
