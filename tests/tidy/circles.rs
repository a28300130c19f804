//! Files that need each other in a circle: none of them can be read, tested or replaced alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::{module, paths, tails};
use crate::report;
use crate::source::{Source, rust};

/// The circles that cannot be opened without a detour, by their files, and why.
const INHERENT: &[(&[&str], &str)] = &[
    (
        &[
            "src/rehearsal/host/programs/mod.rs",
            "src/rehearsal/host/shell/expand.rs",
            "src/rehearsal/host/shell/mod.rs",
        ],
        "a shell runs programs, and some programs (`sh`, `sudo`) and every `$(…)` run a shell",
    ),
    (
        &[
            "src/script/api/mod.rs",
            "src/script/api/task.rs",
            "src/script/docs/mod.rs",
            "src/script/engine.rs",
            "src/script/program.rs",
            "src/script/runner.rs",
        ],
        "a script can run tasks, which are scripts, and its console explains what they can call",
    ),
    (
        &["src/script/check/file.rs", "src/script/check/mod.rs"],
        "a file imports modules, and these are files to be checked",
    ),
];

/// Where each module is, by its path from the crate's root.
type Homes = BTreeMap<Vec<String>, String>;

fn owned(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// The names that a file imports, and where from: whoever takes such a name from it needs that
/// place, not this file.
fn handed_on(file: &Source) -> BTreeMap<String, Vec<String>> {
    let home = owned(&module(&file.path));
    let mut found = BTreeMap::new();
    for statement in uses(file) {
        let (base, rest) = anchor(&statement, &home);
        for tail in tails(rest) {
            let path: Vec<String> = base.iter().cloned().chain(tail).collect();
            if let Some(name) = path.last().filter(|name| *name != "self") {
                found.insert(name.clone(), path.clone());
            }
        }
    }
    found
}

/// What stands behind `use`, each statement on one line, but for those inside of inner modules.
fn uses(file: &Source) -> Vec<String> {
    let text: String = file.code().into_iter().map(|(_, line)| line + "\n").collect();
    let starts = text.match_indices("use ").filter(|(at, _)| {
        let line = text[..*at].rsplit('\n').next().unwrap_or_default();
        line.is_empty() || (line.starts_with("pub") && line.ends_with(' '))
    });
    starts
        .filter_map(|(at, word)| text[at + word.len()..].split(';').next())
        .map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// Where a path begins, from the crate's root, and what follows.
fn anchor<'t>(path: &'t str, home: &[String]) -> (Vec<String>, &'t str) {
    if let Some(rest) = path.strip_prefix("crate::") {
        return (Vec::new(), rest);
    }
    let (mut base, mut rest) = (home.to_vec(), path);
    loop {
        if let Some(after) = rest.strip_prefix("super::") {
            base.pop();
            rest = after;
        } else if let Some(after) = rest.strip_prefix("self::") {
            rest = after;
        } else {
            return (base, rest);
        }
    }
}

/// The file that a path leads to, through what others hand on.
fn target(
    path: &[String],
    homes: &Homes,
    handed: &BTreeMap<String, BTreeMap<String, Vec<String>>>,
) -> Option<String> {
    let mut path = path.to_vec();
    for _ in 0..8 {
        let depth = (1..=path.len()).rev().find(|depth| homes.contains_key(&path[..*depth]))?;
        let file = &homes[&path[..depth]];
        let next = path.get(depth).and_then(|name| handed.get(file)?.get(name));
        match next {
            Some(further) => path = further.iter().chain(&path[depth + 1..]).cloned().collect(),
            None => return Some(file.clone()),
        }
    }
    None
}

/// For each file those that it needs. A `pub use` needs nothing: it only hands a name on.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let files = rust();
    let homes: Homes =
        files.iter().map(|file| (owned(&module(&file.path)), file.path.clone())).collect();
    let handed: BTreeMap<_, _> =
        files.iter().map(|file| (file.path.clone(), handed_on(file))).collect();
    let mut graph = BTreeMap::new();
    for file in &files {
        let home = owned(&module(&file.path));
        let only_hands_on = file.path.ends_with("mod.rs") && is_face(file);
        let absolute = paths(file).into_iter().map(|(_, path)| path);
        let imports = handed[&file.path].values().cloned();
        let own = child_paths(file, &home, &homes);
        let needs = absolute.chain(imports).chain(own);
        let needs = needs.filter_map(|path| target(&path, &homes, &handed));
        let needs: BTreeSet<String> =
            needs.filter(|need| *need != file.path && !only_hands_on).collect();
        graph.insert(file.path.clone(), needs);
    }
    graph
}

/// Whether a file only declares modules and hands their names on.
fn is_face(file: &Source) -> bool {
    let words = ["fn ", "struct ", "enum ", "trait ", "impl ", "const ", "static ", "type "];
    !file.code().iter().any(|(_, line)| words.iter().any(|word| line.contains(word)))
}

/// `child::X` outside of imports, in a file that has a module `child` below it, or imports one.
fn child_paths(file: &Source, home: &[String], homes: &Homes) -> Vec<Vec<String>> {
    let imported = handed_on(file);
    let mut found = Vec::new();
    for (_, line) in file.code() {
        for (at, _) in line.match_indices("::") {
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let start = line[..at].rfind(|c| !is_name(c)).map_or(0, |before| before + 1);
            if line[..start].ends_with("::") || line.contains("use ") {
                continue;
            }
            let word = line[start..at].to_owned();
            let below = home.iter().cloned().chain([word.clone()]).collect::<Vec<_>>();
            let module =
                if homes.contains_key(&below) { Some(below) } else { imported.get(&word).cloned() };
            let next: String = line[at + 2..].chars().take_while(|c| is_name(*c)).collect();
            found.extend(module.map(|module| module.into_iter().chain([next]).collect::<Vec<_>>()));
        }
    }
    found
}

/// Groups of files of which each leads to every other.
fn circles(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reach = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from.clone()];
        while let Some(next) = open.pop() {
            for need in graph.get(&next).into_iter().flatten() {
                if seen.insert(need.clone()) {
                    open.push(need.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        graph.keys().map(|file| (file, reach(file))).collect();
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for (file, targets) in &reached {
        if !targets.contains(*file) || done.contains(*file) {
            continue;
        }
        let circle: Vec<String> = targets
            .iter()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(*file)))
            .cloned()
            .collect();
        done.extend(circle.iter().cloned());
        found.push(circle);
    }
    found
}

#[test]
fn files_do_not_need_each_other_in_circles() {
    let graph = graph();
    let found = circles(&graph);
    let is_inherent = |circle: &Vec<String>| {
        INHERENT
            .iter()
            .any(|(files, _)| circle.iter().map(String::as_str).eq(files.iter().copied()))
    };
    let mut violations: Vec<String> = Vec::new();
    for circle in found.iter().filter(|circle| !is_inherent(circle)) {
        let arrows = circle.iter().flat_map(|file| {
            let inside = graph[file].iter().filter(|need| circle.contains(need));
            inside.map(move |need| format!("    {file} -> {need}"))
        });
        let arrows: Vec<String> = arrows.collect();
        violations.push(format!("a circle of {} files:\n{}", circle.len(), arrows.join("\n")));
    }
    for (files, _) in INHERENT {
        if !found.iter().any(|circle| circle.iter().map(String::as_str).eq(files.iter().copied())) {
            violations.push(format!("no such circle any more: {files:?}"));
        }
    }
    report(&violations, "what is needed by both sides has a file of its own");
}
