//! Which module may know which.

use std::collections::BTreeSet;

use crate::report;
use crate::source::{Source, rust};

/// What every module may use: the words in which they speak to each other.
const FOUNDATIONS: &[&str] = &["error", "json", "place", "process", "read", "report", "said"];

/// A module, what it may import besides the foundations, and why not more.
const RULES: &[(&str, &[&str], &str)] = &[
    ("error", &[], "everything speaks of errors, so errors know nothing else"),
    ("json", &[], "a file of JSON means the same whoever reads it"),
    ("place", &[], "a place in a file is what an error carries"),
    ("process", &[], "processes are the same whoever asks for them"),
    ("read", &[], "every file that a user names is read up to a limit, whoever reads it"),
    ("report", &[], "it is how lower modules speak without knowing who listens"),
    ("said", &[], "what programs say is quoted by all that start them"),
    ("ssh", &[], "connections are of use with any cloud and any screen"),
    ("state", &[], "the file must be readable whatever became of everything else"),
    ("config", &[], "what is configured must not depend on what reads it"),
    ("ui", &[], "it shows what it is told and asks nobody"),
    (
        "dictionary",
        &["config"],
        "a file of ids is edited alike whoever made the image, and however",
    ),
    (
        "cloud",
        &["config"],
        "a provider that knows ssh, scripts or the screen cannot be replaced or tested alone",
    ),
    (
        "run",
        &["cloud", "config", "ssh", "state", "ui"],
        "the domain of a run is the same whatever language scripts are written in",
    ),
    (
        "rehearsal",
        &["cloud", "config", "ssh"],
        "it stands in for a cloud and its hosts, so it knows their traits and nothing above them",
    ),
    (
        "script",
        &["run", "cloud", "config", "dictionary", "ssh", "state", "ui"],
        "scripts reach a cloud through its trait; the command line decides which one it is",
    ),
    (
        "cli",
        &["cloud", "config", "dictionary", "rehearsal", "run", "script", "ssh", "state", "ui"],
        "it decides what stands behind the traits, a rehearsal included",
    ),
    ("main", &["cli"], "the binary is a thin shell around the library"),
    ("lib", &[], "it only declares the modules"),
];

/// Sideways edges between providers that are meant.
const RELATED: &[(&str, &str)] = &[("rackspace", "openstack")];

/// `src/ssh/transfer/mod.rs` is `["ssh", "transfer"]`.
pub fn module(path: &str) -> Vec<&str> {
    let inner = path.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
    let mut parts: Vec<&str> = inner.split('/').collect();
    if parts.len() > 1 && parts.last() == Some(&"mod") {
        parts.pop();
    }
    parts
}

/// Every path of this crate that a file names, from the crate's root, with its line.
pub fn paths(file: &Source) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    // Modules inside the file stand at its margin, where rustfmt puts them.
    let mut inside = 0;
    for (number, line) in whole_imports(file.code()) {
        if line.starts_with('}') {
            inside = 0;
        }
        if (line.starts_with("mod ") || line.starts_with("pub mod ")) && line.ends_with('{') {
            inside = 1;
        }
        let home = module(&file.path);
        for start in starts(&line) {
            let mut rest = &line[start..];
            let mut base: Vec<String> = Vec::new();
            if let Some(after) = rest.strip_prefix("crate::") {
                rest = after;
            } else {
                let mut up = 0;
                while let Some(after) = rest.strip_prefix("super::") {
                    (rest, up) = (after, up + 1);
                }
                let depth = (home.len() + inside).saturating_sub(up);
                base = home.iter().take(depth).map(|part| (*part).to_owned()).collect();
            }
            for tail in tails(rest) {
                found.push((number, base.iter().cloned().chain(tail).collect()));
            }
        }
    }
    found
}

/// Puts an import over several lines on its first one.
fn whole_imports(lines: Vec<(usize, String)>) -> Vec<(usize, String)> {
    let mut whole: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in lines {
        match whole.last_mut() {
            Some((_, import)) if open => import.push_str(line.trim()),
            _ => whole.push((number, line.clone())),
        }
        let text = line.trim_start();
        let begins =
            ["use ", "pub use ", "pub(super) use "].iter().any(|word| text.starts_with(word));
        open = (open || begins) && !line.ends_with(';');
    }
    whole
}

/// Where a path begins: at `crate::` and at the first `super::` of a row.
fn starts(line: &str) -> Vec<usize> {
    let is_start = |at: usize| {
        let before = &line[..at];
        let joined = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        // How far something can be seen is no import.
        !joined && !before.ends_with("pub(in ")
    };
    ["crate::", "super::"]
        .iter()
        .flat_map(|word| line.match_indices(word).map(|(at, _)| at))
        .filter(|at| is_start(*at))
        .collect()
}

/// `state::Store`, or for `state::{Store, lock::Lock}` each path in the braces.
pub fn tails(rest: &str) -> Vec<Vec<String>> {
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let after = &rest[word.len()..];
    if word.is_empty() {
        let Some(inside) = rest.strip_prefix('{') else { return vec![Vec::new()] };
        let parts = parts(inside).into_iter().map(str::trim);
        // rustfmt ends a list over several lines with a comma.
        return parts.filter(|part| !part.is_empty()).flat_map(tails).collect();
    }
    let deeper = match after.strip_prefix("::") {
        Some(deeper) => tails(deeper),
        None => vec![Vec::new()],
    };
    let join = |tail: Vec<String>| std::iter::once(word.clone()).chain(tail).collect();
    deeper.into_iter().map(join).collect()
}

/// What the commas of the outermost braces part, up to the brace that ends them.
fn parts(inside: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&inside[start..at]);
                return found;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&inside[start..]);
    found
}

#[test]
fn arrows_point_down() {
    let known: BTreeSet<&str> = RULES.iter().map(|(name, ..)| *name).collect();
    let mut violations = Vec::new();
    for file in rust() {
        let own = module(&file.path)[0];
        let Some((_, allowed, why)) = RULES.iter().find(|(name, ..)| *name == own) else {
            violations.push(format!("src/{own} has no rule in tests/tidy/imports.rs: give it one"));
            continue;
        };
        for (number, path) in paths(&file) {
            let Some(target) = path.first().map(String::as_str) else { continue };
            let fine = target == own || allowed.contains(&target) || FOUNDATIONS.contains(&target);
            if known.contains(target) && !fine {
                let place = format!("{}:{number}", file.path);
                violations.push(format!("{place}: {own} must not import {target}: {why}"));
            }
        }
    }
    report(&violations, "arrows point down only: ARCHITECTURE.md has the picture");
}

/// Each folder in `src/cloud` is one; the files beside them are shared.
fn providers() -> BTreeSet<String> {
    let files = rust();
    let inside = files.iter().filter_map(|file| file.path.strip_prefix("src/cloud/"));
    inside.filter_map(|path| path.split_once('/')).map(|(folder, _)| folder.to_owned()).collect()
}

/// What every provider has, under this name. Rackspace is OpenStack with differences.
const ROOMS: [&str; 10] = [
    "base",
    "create_image",
    "destroy",
    "image",
    "instance",
    "launch",
    "mod",
    "power",
    "provider",
    "sweep",
];

#[test]
fn the_same_concept_has_the_same_file_name_in_every_provider() {
    let files: BTreeSet<String> = rust().into_iter().map(|file| file.path).collect();
    let own = providers().into_iter().filter(|name| name != "rackspace");
    let files = &files;
    let missing = own.flat_map(|provider| {
        let folder = format!("src/cloud/{provider}");
        let has = move |room: &str| {
            let path = format!("{folder}/{room}");
            files.contains(&format!("{path}.rs")) || files.contains(&format!("{path}/mod.rs"))
        };
        let lacks = ROOMS.into_iter().filter(move |room| !has(room));
        lacks.map(|room| format!("src/cloud/{provider} has no {room}.rs")).collect::<Vec<_>>()
    });
    report(
        &missing.collect::<Vec<_>>(),
        "who knows one provider finds the way in all of them: ARCHITECTURE.md has the table",
    );
}

#[test]
fn providers_do_not_know_each_other() {
    let providers = providers();
    assert!(providers.contains("local"), "local is a provider: {providers:?}");
    let mut violations = Vec::new();
    for file in rust() {
        let home = module(&file.path);
        // The command line knows them all, and the module above them declares them.
        if home[0] == "cli" || home == ["cloud"] {
            continue;
        }
        for (number, path) in paths(&file) {
            let [first, second, ..] = &path[..] else { continue };
            let own = home[0] == "cloud" && home[1] == second;
            let meant = RELATED.iter().any(|(from, to)| home.get(1) == Some(from) && to == second);
            if first == "cloud" && providers.contains(second) && !own && !meant {
                violations.push(format!("{}:{number} imports cloud/{second}", file.path));
            }
        }
    }
    report(
        &violations,
        "a cloud is known by its trait: whoever names one works with that one only",
    );
}

#[test]
fn only_the_command_line_knows_rehearsals() {
    let mut violations = Vec::new();
    for file in rust() {
        let own = module(&file.path)[0];
        for (number, path) in paths(&file) {
            let names_it = path.first().is_some_and(|first| first == "rehearsal");
            if names_it && !["rehearsal", "cli", "lib"].contains(&own) {
                violations.push(format!("{}:{number} imports rehearsal", file.path));
            }
        }
    }
    report(&violations, "a rehearsal proves something only if what is rehearsed cannot tell");
}

/// A crate, the only folder that may use it, and why.
const CRATES: &[(&str, &str, &str)] = &[
    ("rhai", "src/script/", "Rhai's values, positions and errors stop at the script host's door"),
    ("ssh2", "src/ssh/", "its handles must stay on the thread that owns the session"),
    ("ssh2_config", "src/ssh/", "`~/.ssh/config` has one reader"),
    ("granit_parser", "src/config/yaml/", "one reader decides what a YAML text means"),
    ("hcl_edit", "src/dictionary/hcl.rs", "a format is known by its outline"),
    ("toml_edit", "src/dictionary/toml.rs", "a format is known by its outline"),
    ("similar", "src/dictionary/diff.rs", "one place shows what changes, without secrets"),
    ("annotate_snippets", "src/ui/", "what is shown passes the redactor first"),
    ("indicatif", "src/ui/", "one place draws bars, or they tear each other's lines"),
    ("rustyline", "src/ui/", "one place reads from the terminal, while nothing else is shown"),
    ("lsp_server", "src/cli/lsp/", "what is known of a script has nothing to do with who asks"),
    ("lsp_types", "src/cli/lsp/", "what is known of a script has nothing to do with who asks"),
    ("schemars", "src/config/", "one schema describes the settings, made where they are read"),
    ("clap", "src/cli/", "the library is of use without a command line"),
    ("aws_sdk", "src/cloud/ec2/", "SDK types stop at their provider's door"),
    ("aws_config", "src/cloud/ec2/", "SDK types stop at their provider's door"),
];

#[test]
fn big_crates_stay_in_their_room() {
    let mut violations = Vec::new();
    for file in rust() {
        for (number, line) in file.code() {
            for (name, room, why) in CRATES {
                if !file.path.starts_with(room) && mentions(&line, name) {
                    violations
                        .push(format!("{}:{number}: {name} belongs in {room}: {why}", file.path));
                }
            }
        }
    }
    report(&violations, "what is used in one place can be replaced in one place");
}

/// `rhai::`, `use rhai;`, and for a prefix such as `aws_sdk` every crate that begins so.
fn mentions(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let begins = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        let rest = line[at + name.len()..]
            .trim_start_matches(|c: char| name == "aws_sdk" && (c.is_alphanumeric() || c == '_'));
        begins
            && (rest.starts_with("::")
                || (line.trim_start().starts_with("use ") && rest.starts_with(';')))
    })
}
