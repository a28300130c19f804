//! A hint that names a command names one that exists.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::project::Project;

/// Files below a folder.
fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => below(&path, found),
            path => found.push(path),
        }
    }
}

/// What stands behind `imgctl` between backticks, where the text is no comment.
fn named(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    // A text may go on in the next line.
    let text = lines.collect::<Vec<_>>().join("\n").replace("\\\n", "");
    let parts = text.split("`imgctl ").skip(1).filter_map(|rest| rest.split_once('`'));
    let short = parts.map(|(command, _)| command).filter(|command| command.len() < 200);
    short.map(|command| command.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_command_that_a_text_names_exists() {
    let project = Project::new();
    let help = project.imgctl(&["--help"]).succeeds().stdout;
    let after = help.split("Commands:").nth(1).unwrap();
    let lines = after.lines().skip(1).take_while(|line| line.starts_with("  "));
    let mut known: BTreeSet<String> =
        lines.filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tasks = Vec::new();
    below(&root.join("scripts"), &mut tasks);
    known.extend(tasks.iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()));
    // The task of the project that `init` writes, and stand-ins for any.
    known.extend(["welcome", "help", "WORD…", "…", "TASK"].map(str::to_owned));

    let mut files = tasks;
    ["src", "stdlib"].iter().for_each(|folder| below(&root.join(folder), &mut files));
    let (mut count, mut wrong) = (0, Vec::new());
    for file in &files {
        for command in named(&std::fs::read_to_string(file).unwrap()) {
            let mut words = command.split(' ').skip_while(|word| word.starts_with('-'));
            if command.starts_with("--state") || command.starts_with("--config") {
                words.next();
            }
            // What is filled in, or quoted in the source, is not known here.
            let Some(word) = words.next().filter(|word| !word.contains(['{', '"'])) else {
                continue;
            };
            count += 1;
            let name = word.split(':').next().unwrap();
            if !known.contains(name) && !["cloud", "region", "distribution"].contains(&name) {
                wrong.push(format!("{}: imgctl {command}", file.display()));
            }
        }
    }
    assert!(count > 80, "only {count} commands were found");
    assert_eq!(wrong, Vec::<String>::new(), "these exist nowhere: {known:?}");
}

#[test]
fn the_reference_is_searched_by_words_and_knows_the_language() {
    let project = Project::new();
    let found = project.imgctl(&["api", "inventory"]).succeeds();
    found.says("inventory::");
    project.imgctl(&["api", "without echo"]).succeeds().says("secret::ask");
    project.imgctl(&["api", "index_of"]).succeeds().says("index_of(");
    project.imgctl(&["api"]).succeeds().says("the language (Rhai)").says("parse_int(");
    project.imgctl(&["api", "nonsensical"]).fails(2).says("nothing is called `nonsensical`");
    project.imgctl(&["api", "host.rum"]).fails(2).hints("did you mean `host.run`?");
}

#[test]
fn messages_name_kinds_and_no_types() {
    let project = Project::new();
    for (code, words) in [
        ("let a = 5; a[\"x\"]", "a whole number is needed here, not text"),
        ("if \"x\" {}", "true or false is needed here, not text"),
        ("\"abc\"[1.5]", "at whole numbers, not at a number"),
        ("(1..5)[\"a\"]", "a range has nothing at text"),
        ("let f = [|a| a]; f[0].call()", "was called with no arguments"),
        ("local::run(\"true\", #{ timeout: [] })", "a duration is seconds"),
        ("local::run(\"true\", #{ ok: [[]] })", "it is a list, expected a whole number"),
        ("[1] * 2", "`*` cannot be applied to a list and a whole number"),
        ("json::text([1, || 1])", "a function cannot be written as data"),
        ("const A = [1]; A.push(2)", "`push` would change a constant"),
    ] {
        let ran = project.imgctl(&["run", "-e", code]).fails(2).says(words);
        for name in ["i64", "f64", "&str", "ImmutableString", "Dynamic", "FnPtr", "enum", "anon$"] {
            assert!(!ran.stderr.contains(name), "{name} in:\n{ran}");
        }
    }
}

#[test]
fn a_missing_variable_has_one_code() {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    project.write("config.yaml", &(config + "vars: {x: '${IMGCTL_NONE}'}\n"));
    for read in
        ["env::get(\"IMGCTL_NONE\")", "secret::env(\"IMGCTL_NONE\")", "config::get(\"vars.x\")"]
    {
        project.imgctl(&["run", "-e", read]).fails(2).says("IMGCTL_NONE");
        let code = format!("try {{ {read} }} catch (error) {{ print(error.code) }}");
        project.imgctl(&["run", "-e", &code]).succeeds().prints("config\n");
    }
}

#[test]
fn arguments_of_tasks_and_files_of_scripts_are_written_as_they_are_typed() {
    let project = Project::new();
    let code =
        "//! Web.\nlet given = args::parse([], #{ port: 80, fast: false });\nprint(given.port);\n";
    project.write("scripts/web.rhai", code);
    for words in [&["web", "--port", "9090"][..], &["web", "--port=9090"], &["web:", "port=9090"]] {
        project.imgctl(words).fails(2).hints("write `web:port=9090`").calls_nothing();
    }
    let ran = project.imgctl(&["web:fast=true", "--port", "9090"]).fails(2);
    ran.hints("write `web:fast=true,port=9090`");
    project.imgctl(&["web", "--fast"]).fails(2).hints("write `web:fast=true`");
    project.imgctl(&["web", "--prt", "1"]).fails(2).never_says("web:");
    project.imgctl(&["scripts/web.rhai"]).fails(2).hints("`imgctl run scripts/web.rhai`");
    let ran = project.imgctl(&["run", "scripts/web.rhai", "zork=1"]).fails(2);
    ran.hints("usage: imgctl run scripts/web.rhai fast=false port=80");
    let page = project.imgctl(&["help", "scripts/web.rhai"]).succeeds().calls_nothing();
    page.says("Web.").says("imgctl run scripts/web.rhai port=3");
    project.imgctl(&["--jobs", "x", "status"]).fails(2).says("a whole number, 1 or more");
    let ran = project.imgctl(&["--output", "json", "matrix"]).fails(2);
    ran.says("more is needed behind this command");
}

/// A variable that is set and cannot be read is not one that is missing.
#[test]
fn a_default_is_for_variables_that_are_not_set() {
    let project = Project::new();
    let code = "print(env::get(\"ODD\", \"usual\"))";
    project.imgctl(&["run", "-e", code]).succeeds().prints("usual\n");
    let odd = OsStr::from_bytes(b"\xff");
    let ran = project.imgctl_with_setup(&["run", "-e", code], |command| {
        command.env("ODD", odd);
    });
    ran.fails(2).says("the environment variable ODD is not UTF-8 text");
}

#[test]
fn hints_about_functions_lead_somewhere() {
    let project = Project::new();
    let code = |code: &str| project.imgctl(&["run", "-e", code]).fails(2);
    code("Fn(\"undefined_f\").call()").hints("`imgctl api` lists the functions");
    code("let m = #{ a: 1 }; m.undefined_f()").never_says("imgctl api undefined_f");
    code("debug(1, 2)").hints("pass 0 or 1");
    let ran = code("import \"std/text\" as text; text::lines(5)");
    ran.says("`text::lines` cannot use what it was given").hints("`imgctl api text::lines`");
    for word in ["type_of", "is_def_var", "is_def_fn", "is_shared", "curry"] {
        project.imgctl(&["api", word]).succeeds().says(word);
    }
    project.imgctl(&["api", "install package"]).succeeds().says("package::install");
}

#[test]
fn values_are_shown_without_names_of_types() {
    let project = Project::new();
    let code = "let host = ssh::connect(\"me@192.0.2.1\");
print([host, |x| x]);
log::info(#{ host: host });
fn set(h) { h.user = \"x\"; }
set(host);";
    let ran = project.imgctl(&["run", "-e", code]).fails(2);
    let ran = ran.says("a function]").says("the property `user` cannot be set here");
    ran.never_says("::Host").never_says("[Host").never_says("anon$").never_says("setter");
}
