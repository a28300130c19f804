//! Every example compiles: those of the reference, of the library and of the documents.

use std::collections::BTreeSet;
use std::fmt::Write;

use imgctl::script::docs;

use crate::project::Project;
use crate::report;
use crate::scripts::examples;
use crate::source::{Source, below, library};

/// Values that examples take for granted, as a script has them at hand.
const AT_HAND: &str = r#"const PACKAGES = #{};
const AGENT_VERSION = "7";
let host = cloud::host();
let hosts = [host];
let image = cloud::newest_image();
let id = image.id;
let regions = ["eu-central-1"];
let hook = "https://example.org/hook";
let answer = "{}";
let text = "";
"#;

/// A piece of code, and where it is.
struct Example {
    place: String,
    code: String,
}

/// The names of the library's modules.
fn modules() -> BTreeSet<String> {
    let files = library().into_iter();
    let name =
        |file: Source| file.path.trim_start_matches("stdlib/").trim_end_matches(".rhai").to_owned();
    // One that the reference's examples use as if a project had it.
    files.map(name).chain(["docker".to_owned()]).collect()
}

/// The fences of a text whose lines begin after `margin`, if a line has one.
fn fences(file: &Source, margin: impl Fn(&str) -> Option<&str>) -> (Vec<Example>, Vec<String>) {
    let (mut found, mut unnamed) = (Vec::new(), Vec::new());
    let mut open: Option<(bool, Example)> = None;
    for (number, line) in (1..).zip(file.text.lines()) {
        let Some(line) = margin(line) else {
            open = None;
            continue;
        };
        let place = format!("{}:{number}", file.path);
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => {
                if language.is_empty() {
                    unnamed.push(format!("{place}: what language is this?"));
                }
                open = Some((language == "rhai", Example { place, code: String::new() }));
            }
            (Some(_), Some(_)) => found.extend(open.take().filter(|(is, _)| *is).map(|(_, it)| it)),
            (Some((_, example)), None) => writeln!(example.code, "{line}").unwrap(),
            (None, None) => {}
        }
    }
    (found, unnamed)
}

/// What a comment of a script says.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let text = text.strip_prefix("///").or_else(|| text.strip_prefix("//!"))?;
    Some(text.strip_prefix(' ').unwrap_or(text))
}

/// All of a document is read.
#[expect(clippy::unnecessary_wraps, reason = "it stands where `comment` does")]
fn any(line: &str) -> Option<&str> {
    Some(line)
}

#[test]
fn every_example_passes_the_check() {
    let mut all = Vec::new();
    for entry in docs::entries().unwrap() {
        // Those of the library are read from its files, with their lines.
        if !entry.section.starts_with("std/") {
            let example =
                |code: &str| Example { place: entry.signature.clone(), code: code.into() };
            all.extend(examples(&entry).into_iter().map(example));
        }
    }
    let mut unnamed = Vec::new();
    for file in library().into_iter().chain(below("scripts", ".rhai")) {
        let (found, without) = fences(&file, comment);
        all.extend(found);
        unnamed.extend(without);
    }
    let documents = below("docs", ".md").into_iter().filter(|file| file.path != "docs/api.md");
    for file in documents.chain([Source::read("README.md")]) {
        // There, a fence without a language is what a terminal shows.
        all.extend(fences(&file, any).0);
    }
    report(&unnamed, "a fence without a language is code that nothing checks");
    assert!(all.len() > 150, "only {} examples were found", all.len());

    let project = Project::new();
    let modules = modules();
    if !library().iter().any(|file| file.path == "stdlib/docker.rhai") {
        project.write("stdlib/docker.rhai", "fn install(host) { true }\n");
    }
    let mut files = Vec::new();
    for (number, Example { place, code }) in all.iter().enumerate() {
        let mut text = String::new();
        for module in modules.iter().filter(|module| code.contains(&format!("{module}::"))) {
            writeln!(text, "import \"std/{module}\" as {module};").unwrap();
        }
        let name = format!("{number}.rhai");
        project.write(&name, &format!("{text}{AT_HAND}{code}\n// {place}\n"));
        files.push(name);
    }
    let words: Vec<&str> = ["check"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let ran = project.imgctl(&words);
    let place = |line: &&str| line.contains("-->");
    let wrong = ran.stderr.lines().filter(place).filter_map(|line| {
        let name = line.split("--> ").nth(1)?.split(':').next()?;
        let text = std::fs::read_to_string(project.path().join(name)).ok()?;
        Some(text.lines().last()?.trim_start_matches("// ").to_owned())
    });
    let wrong: Vec<String> = wrong.collect();
    assert_eq!(ran.status, 0, "wrong examples: {wrong:#?}\n{}", ran.stderr);
}

#[test]
fn a_fence_is_found_in_comments_and_documents() {
    let text =
        "/// Words.\n///\n/// ```rhai\n/// one();\n/// ```\nfn f() {}\n/// ```\n/// x\n/// ```\n";
    let file = Source { path: "a".to_owned(), text: text.to_owned() };
    let (found, unnamed) = fences(&file, comment);
    let found: Vec<_> = found.iter().map(|it| (&*it.place, &*it.code)).collect();
    assert_eq!(found, [("a:3", "one();\n")]);
    assert_eq!(unnamed, ["a:7: what language is this?"]);
}
