//! `imgctl check`: every kind of mistake is found, with its place and its cure, and nothing else is.

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use serde_json::{Value, json};

use crate::project::Project;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check")
}

/// The scripts of a folder, by name.
fn scripts(folder: &Path) -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "rhai"));
    let mut scripts: Vec<(String, String)> = files
        .map(|file| {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(file).unwrap())
        })
        .collect();
    scripts.sort();
    scripts
}

/// Each script of the folder has one kind of mistake; what is shown is in the file beside it.
#[test]
fn each_kind_of_mistake_is_found() {
    let project = Project::new();
    let all = scripts(&folder());
    assert!(all.len() >= 40, "only {} scripts", all.len());
    for (name, text) in all {
        let file = format!("{name}.rhai");
        project.write(&file, &text);
        let ran = project.imgctl(&["check", "--strict", &file]).fails(2).calls_nothing();
        expect_file![folder().join(format!("{name}.txt"))].assert_eq(&ran.stderr);
    }
}

#[test]
fn what_is_right_is_not_told() {
    let project = Project::new();
    let clean = folder().join("clean");
    project
        .write("lib/agent.rhai", &std::fs::read_to_string(clean.join("lib/agent.rhai")).unwrap());
    let mut words = vec!["check".to_owned(), "--strict".to_owned()];
    for (name, text) in scripts(&clean) {
        project.write(&format!("{name}.rhai"), &text);
        words.push(format!("{name}.rhai"));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    project.imgctl(&words).succeeds().never_says("warning");
}

#[test]
fn what_is_shipped_has_not_even_a_warning() {
    Project::new().imgctl(&["check", "--strict"]).succeeds().never_says("warning");
}

#[test]
fn scripts_and_configuration_are_checked_in_one_run() {
    let project = Project::new();
    project.write("scripts/one.rhai", "log::inof(\"a\");\nlog::inof(\"b\");\n");
    project.write("stdlib/two.rhai", "fn f() { nope::g() }\n");
    project.write("config.yaml", "defaults: {clod: fake}\nci_image: {pakages: []}\n");
    let ran = project.imgctl(&["check"]).fails(2);
    ran.says("--> scripts/one.rhai:1:6")
        .says("--> scripts/one.rhai:2:6")
        .says("--> stdlib/two.rhai:1")
        .says("unknown key defaults.clod (did you mean `cloud`?)")
        .says("unknown key ci_image.pakages (did you mean `packages`?)");
}

#[test]
fn editors_get_ranges() {
    let project = Project::new();
    project.write("a.rhai", "let host = cloud::host();\nhost.run(\"make\", #{ timout: 1 });\n");
    let ran = project.imgctl(&["--output", "json", "check", "a.rhai"]).fails(2);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut found: Vec<Value> = lines.filter(|line| line["event"] == "diagnostic").collect();
    found.iter_mut().for_each(|line| drop(line.as_object_mut().unwrap().remove("time")));
    let expected = json!({
        "event": "diagnostic", "severity": "error", "code": "unknown_option",
        "message": "run has no option `timout`", "file": "a.rhai",
        "range": {"start": {"line": 2, "column": 21}, "end": {"line": 2, "column": 27}},
        "hint": "did you mean `timeout`?",
    });
    assert_eq!(found, [expected]);
}

#[test]
fn a_chain_with_a_mistake_does_nothing() {
    let project = Project::new();
    project.write(
        "scripts/late.rhai",
        "let host = cloud::host();\nhost.run(\"x\", #{ timout: 1 });\n",
    );
    project
        .imgctl(&["up", "late"])
        .fails(2)
        .says("run has no option `timout`")
        .says("--> scripts/late.rhai:2")
        .calls_nothing();
}

#[test]
fn before_a_chain_warnings_are_told_once_and_briefly() {
    let project = Project::new();
    project.write("scripts/odd.rhai", "let unused = 1;\nlog::info(\"works\");\n");
    let ran = project.imgctl(&["odd", "odd"]).succeeds().says("works");
    let warnings: Vec<&str> =
        ran.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(warnings, ["warning: scripts/odd.rhai:1:5: `unused` is never read"]);
}

/// What `eval` is given may use and define variables where it is called, and nothing else.
#[test]
fn eval_hides_no_mistakes_elsewhere() {
    let project = Project::new();
    let text = "fn here() { let x = 1; eval(\"let y = x;\"); y }
fn there() { let unused = 1; nohting + 1 }
here(); there(); log::inof(\"a\"); undefined_function();
";
    project.write("a.rhai", text);
    let ran = project.imgctl(&["check", "a.rhai"]).fails(2);
    ran.says("no variable `nohting`")
        .says("`unused` is never read")
        .says("no function `undefined_function`")
        .says("`log::inof`")
        .never_says("`y`")
        .never_says("`x`")
        .says("3 mistakes");
}

#[test]
fn a_module_by_several_paths_is_one_file() {
    let project = Project::new();
    project.write("lib/b.rhai", "fn f() { nope() }\n");
    let text = "import \"b\" as b;\nimport \"./b\" as c;\nimport \"../lib/b\" as d;\n\
                b::f(); c::f(); d::f();\n";
    project.write("lib/a.rhai", text);
    project.imgctl(&["check", "lib/a.rhai"]).fails(2).says("1 mistake in 1 of 1 file");
    project.write("lib/a.rhai", "import \"nosuch/user\" as user;\nuser::f();\n");
    project.imgctl(&["check", "lib/a.rhai"]).fails(2).says("did you mean `std/user`?");
}

#[test]
fn one_script_that_cannot_be_read_does_not_hide_the_others() {
    let project = Project::new();
    std::fs::create_dir_all(project.path().join("scripts")).unwrap();
    std::fs::write(project.path().join("scripts/odd.rhai"), b"//! caf\xe9\n").unwrap();
    let ran = project.imgctl(&["list"]).fails(2).says("scripts/odd.rhai").says("not UTF-8");
    assert!(ran.stdout.contains("bootstrap"), "{ran}");
}
