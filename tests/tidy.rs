//! The rules of ARCHITECTURE.md that can be checked by reading the source. Each failure says why
//! the rule is there.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/examples.rs"]
mod examples;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "support/project.rs"]
mod project;
#[path = "tidy/scripts.rs"]
mod scripts;
#[path = "tidy/source.rs"]
mod source;

use source::{Source, below, rust};

/// Panics with one line for each violation, and the reason of the rule.
fn report(violations: &[String], why: &str) {
    assert!(violations.is_empty(), "{}\n  because {why}\n", violations.join("\n"));
}

#[test]
fn a_file_holds_one_concept() {
    const MOST: usize = 400;
    let long = rust().into_iter().filter(|file| file.text.lines().count() > MOST);
    let long: Vec<_> = long.map(|file| format!("{} has over {MOST} lines", file.path)).collect();
    report(&long, "a file that long holds more than one concept: split it along them");
}

#[test]
fn a_file_says_what_it_is_for() {
    let silent = rust().into_iter().filter(|file| !file.text.starts_with("//! "));
    let silent: Vec<_> =
        silent.map(|file| format!("{} has no //! at its top", file.path)).collect();
    report(&silent, "the first line is the map of the house: a reader decides by it where to look");
}

/// Lines of code (not comments) with one of these words, outside the allowed files.
fn lines_with(words: &[&str], allowed: &[&str]) -> Vec<String> {
    let is_allowed = |file: &Source| allowed.iter().any(|path| file.path.starts_with(path));
    let files = rust().into_iter().filter(|file| !is_allowed(file));
    let found = files.flat_map(|file| {
        let lines = file.code().into_iter();
        let hits = lines.filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        hits.map(|(number, line)| format!("{}:{number}: {}", file.path, line.trim()))
            .collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn output_goes_through_the_user_interface() {
    let words = ["println!", "print!(", "dbg!", "io::stdout()", "io::stderr()"];
    // A completion script is no event, nor is a message to an editor; ssh only asks whether it is a terminal.
    let allowed = ["src/ui/", "src/cli/completions.rs", "src/cli/lsp/wire.rs", "src/ssh/shell.rs"];
    report(
        &lines_with(&words, &allowed),
        "src/ui is the one place that hides secrets, keeps lines whole and speaks JSON: what is \
         written past it does none of that",
    );
}

#[test]
fn there_is_one_polling_loop() {
    let allowed = [
        "src/cloud/wait.rs",
        // The one retry policy, between two tries.
        "src/cloud/http.rs",
        "src/script/api/retry.rs",
        "src/script/api/time.rs",
    ];
    report(
        &lines_with(&["time::sleep(", "thread::sleep("], &allowed),
        "cloud/wait.rs has deadline, backoff, Ctrl-C and progress: a sleep elsewhere lacks one of \
         them (script/api holds the scripts' own `retry` and `time::sleep`)",
    );
}

#[test]
fn the_process_ends_in_main() {
    // The second Ctrl-C, and the fake cloud's kill.
    let allowed = ["src/cli/signals.rs", "src/rehearsal/journal.rs"];
    let exits = lines_with(&["process::exit(", "process::abort("], &allowed);
    report(&exits, "an exit elsewhere skips the clean-up, the state and the last lines of output");
}

#[test]
fn the_text_speaks_of_the_project_alone() {
    // Put together here, so that this file is no hit itself.
    let words = [["/wo", "rk/"], ["/tmp/bash", "_jobs"], ["as you ", "asked"], ["TO", "DO:"]];
    let words = words.map(|halves| halves.concat());
    let files =
        ["src", "scripts", "stdlib", "tests", "docs"].into_iter().flat_map(|top| below(top, ""));
    let tops = ["README.md", "ARCHITECTURE.md", "Makefile", "Cargo.toml", ".ci/run"];
    let files = files.chain(tops.into_iter().map(Source::read));
    let mut found = Vec::new();
    for file in files {
        for word in words.iter().filter(|word| file.text.contains(*word)) {
            found.push(format!("{} contains {word:?}", file.path));
        }
    }
    report(&found, "a reader knows neither the machine it was written on nor who talked about it");
}
