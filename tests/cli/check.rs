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

/// What people write who know Python, JavaScript, Ruby, Groovy, Rust or shells, a script between two lines of dashes:
/// each is told in its place, with what to write here.
#[test]
fn habits_from_other_languages_are_told_with_their_cure() {
    let project = Project::new();
    let all = std::fs::read_to_string(folder().join("habits.txt")).unwrap();
    let mut words = vec!["check".to_owned()];
    for (at, script) in all.split("---\n").enumerate() {
        let file = format!("{:02}.rhai", at + 1);
        project.write(&file, script);
        words.push(file);
    }
    assert!(words.len() > 60, "only {} words", words.len());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ran = project.imgctl(&words).fails(2).calls_nothing();
    for file in &words[1..] {
        assert!(ran.stderr.contains(&format!("--> {file}:")), "nothing is told of {file}");
    }
    expect_file![folder().join("habits_told.txt")].assert_eq(&ran.stderr);
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

/// A key of a map somewhere says nothing about a value that is known to be a host.
#[test]
fn what_is_found_does_not_depend_on_other_files() {
    let project = Project::new();
    project.write("scripts/aa.rhai", "let tool = #{ sudo: || 1 };\ntool.sudo();\n");
    project.write("scripts/zz.rhai", "let host = cloud::host();\nhost.sudo();\n");
    project.imgctl(&["check", "scripts/zz.rhai"]).fails(2).says("scripts/zz.rhai:2:6");
    project.imgctl(&["check"]).fails(2).says("scripts/zz.rhai:2:6").says("1 mistake in 1 of");
}

#[test]
fn folders_and_tests_are_checked() {
    let project = Project::new();
    project.write("tests/a_test.rhai", "fn test_a() { nah(); }\nfn test_b(given) { given }\n");
    project.write("scripts/lib/q.rhai", "nah2();\n");
    let ran = project.imgctl(&["check"]).fails(2);
    ran.says("--> tests/a_test.rhai:1:15")
        .says("the test test_b takes arguments")
        .says("--> scripts/lib/q.rhai:1:1")
        .says("3 mistakes in 2 of");
    let ran = project.imgctl(&["check", "scripts", "tests"]).fails(2);
    ran.says("--> tests/a_test.rhai:1:15").says("3 mistakes in 2 of 2 files");
    std::fs::create_dir(project.path().join("empty")).unwrap();
    project.imgctl(&["check", "empty"]).fails(2).says("it is a folder without scripts");
}

#[test]
fn closures_take_what_they_get() {
    let project = Project::new();
    let right = "let host = cloud::host();
step(\"a\", || host.run(\"true\"));
parallel([1], |item| host.run(`echo ${item}`));
parallel([|| 1, || 2]);
retry(#{ attempts: 2 }, || host.run(\"true\"));
[1].map(|item, at| item + at).filter(|item| item > 0).for_each(|| host.run(`echo ${this}`));
let add = |a, b| a + b;
log::info(`${add.call(1, 2)}`);
";
    project.write("right.rhai", right);
    project.imgctl(&["check", "--strict", "right.rhai"]).succeeds().never_says("warning");
    for wrong in [
        "step(\"a\", |x| print(x));",
        "parallel([1, 2], || 1);",
        "parallel([1], |a, b| a);",
        "parallel([|| 1, |a| a]);",
        "retry(#{ attempts: 2 }, |n| n);",
        "print([1].map(|a, b, c| a));",
        "let f = |a, b| a + b; f.call(1);",
        "print(\"a\", \"b\");",
        "type_of(1, 2);",
    ] {
        project.write("a.rhai", wrong);
        let ran = project.imgctl(&["--output", "json", "check", "a.rhai"]).fails(2);
        assert!(ran.stdout.contains("\"code\":\"wrong_count\""), "{wrong}: {ran}");
    }
}

#[test]
fn values_of_other_types_are_told() {
    let project = Project::new();
    for (wrong, code) in [
        ("print(-\"a\");", "wrong_type"),
        ("print([1] - 1);", "wrong_type"),
        ("5.call();", "wrong_type"),
        ("let list = [1]; print(list[\"x\"]);", "wrong_type"),
        ("if cloud::host().query(\"x\") { print(1); }", "wrong_type"),
        ("print(!cloud::host().query(\"x\"));", "wrong_type"),
        ("let n = 5; for x in n { print(x); }", "wrong_type"),
        ("let host = cloud::host(); host.name = \"x\";", "constant"),
        ("print(cloud::host().os.nam);", "unknown_property"),
        ("let known = #{ a: 1 }; print(known.a); print(known.b);", "unknown_property"),
        ("print(cloud::can(\"nope\"));", "wrong_value"),
        ("print(regex::test(\"a(\", \"x\"));", "wrong_value"),
        ("print(time::later(\"5 apples\"));", "wrong_value"),
        ("time::sleep(\"soon\");", "wrong_value"),
        ("let list = [1]; print(list.sort()[0]);", "no_value"),
        ("let list = [1]; print(true && list.push(1));", "no_value"),
        ("let x = print(\"a\"); print(x);", "no_value"),
        ("step(\"a\", print(\"x\"));", "no_value"),
        ("let text = \"a\"; print(`${text.trim()}`);", "no_value"),
    ] {
        project.write("a.rhai", wrong);
        let ran = project.imgctl(&["--output", "json", "check", "a.rhai"]).fails(2);
        assert!(ran.stdout.contains(&format!("\"code\":\"{code}\"")), "{wrong}: {ran}");
    }
}

#[test]
fn each_mistake_has_a_range_for_programs() {
    let project = Project::new();
    project.write("a.rhai", "let a = ;\n");
    project.write("config.yaml", "defaults: {clod: fake}\nssh: {por: 1}\n");
    let ran = project.imgctl(&["--output", "json", "check", "a.rhai"]).fails(2);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found: Vec<Value> = lines.filter(|line| line["event"] == "diagnostic").collect();
    assert_eq!(found.len(), 3, "{ran}");
    for it in found {
        let (start, end) = (&it["range"]["start"], &it["range"]["end"]);
        assert!(start["column"].as_u64() < end["column"].as_u64(), "{it}");
    }
}
