//! Files that need each other in a circle: none of them can be read, tested or replaced alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::{module, paths};
use crate::report;
use crate::source::{Source, rust};

/// The circles that cannot be opened without a detour, by their files, and why.
const INHERENT: &[(&[&str], &str)] = &[];

/// Where each module is, by its path from the crate's root.
type Homes = BTreeMap<Vec<String>, String>;

fn owned(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// What a file only hands on: the name, and the path it comes from.
fn handed_on(file: &Source) -> BTreeMap<String, Vec<String>> {
    let home = module(&file.path);
    let mut found = BTreeMap::new();
    let text: String = file.code().into_iter().map(|(_, line)| line + "\n").collect();
    for statement in text.split(';') {
        let Some(at) = statement.find("pub use ") else { continue };
        let what = statement[at + "pub use ".len()..].trim();
        let (base, names) = match what.split_once('{') {
            Some((base, names)) => (base.trim_end_matches("::"), names.trim_end_matches('}')),
            None => what.rsplit_once("::").unwrap_or(("", what)),
        };
        let mut path: Vec<String> = base.split("::").map(str::to_owned).collect();
        match path.first().map(String::as_str) {
            Some("crate") => drop(path.remove(0)),
            _ => path = home.iter().map(|part| (*part).to_owned()).chain(path).collect(),
        }
        path.retain(|part| part != "self" && !part.is_empty());
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let mut whole = path.clone();
            whole.push(name.to_owned());
            found.insert(name.to_owned(), whole);
        }
    }
    found
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

/// For each file those that it needs.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let files = rust();
    let homes: Homes =
        files.iter().map(|file| (owned(&module(&file.path)), file.path.clone())).collect();
    let handed: BTreeMap<_, _> =
        files.iter().map(|file| (file.path.clone(), handed_on(file))).collect();
    let mut graph = BTreeMap::new();
    for file in &files {
        let home = owned(&module(&file.path));
        let absolute = paths(file).into_iter().map(|(_, path)| path);
        // A path that begins with a child's name.
        let own = child_paths(file, &home, &homes);
        let needs = absolute.chain(own).filter_map(|path| target(&path, &homes, &handed));
        let needs: BTreeSet<String> = needs.filter(|need| *need != file.path).collect();
        graph.insert(file.path.clone(), needs);
    }
    graph
}

/// `child::X` in a file that has a module `child` below it, but for what it only hands on.
fn child_paths(file: &Source, home: &[String], homes: &Homes) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (_, line) in file.code() {
        if line.trim_start().starts_with("pub use ") {
            continue;
        }
        for (at, _) in line.match_indices("::") {
            let word: String = line[..at]
                .chars()
                .rev()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
                .chars()
                .rev()
                .collect();
            let before = &line[..at - word.len()];
            let child: Vec<String> = home.iter().cloned().chain([word]).collect();
            if !before.ends_with("::") && homes.contains_key(&child) {
                let name = |c: &char| c.is_alphanumeric() || *c == '_';
                let next: String = line[at + 2..].chars().take_while(name).collect();
                found.push(child.into_iter().chain([next]).collect());
            }
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
    // Being opened: no new ones until then.
    const MOST: usize = 17;
    if found.len() > MOST {
        report(&violations, "what is needed by both sides has a file of its own");
    }
}
