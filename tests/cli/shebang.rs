//! Scripts that begin with what is there for others: a byte order mark, or the line of an interpreter.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::project::{Project, Ran};

const LINE: &str = "#!/usr/bin/env -S imgctl run\n";

#[test]
fn a_script_may_begin_with_a_mark_and_a_line_for_the_system() {
    let project = Project::new();
    for head in ["\u{feff}", LINE, "\u{feff}#!/usr/bin/env -S imgctl run\r\n", "#!/bin/imgctl\n"] {
        project.write("scripts/mine.rhai", &format!("{head}//! Says it.\nprint(\"it\");\n"));
        project.imgctl(&["mine"]).succeeds().says("it\n");
        project.imgctl(&["run", "scripts/mine.rhai"]).succeeds().says("it\n");
        project.imgctl(&["check", "scripts/mine.rhai"]).succeeds();
        project.imgctl(&["list"]).succeeds().says("Says it.");
    }
    project.write("scripts/mine.rhai", "#!/bin/imgctl");
    project.imgctl(&["mine"]).succeeds();
}

#[test]
fn the_lines_of_errors_stay_right_also_in_modules() {
    let project = Project::new();
    project.write("scripts/mine.rhai", &format!("{LINE}\nlet a = 1;\nthrow `no ${{a}}`;\n"));
    project.imgctl(&["mine"]).fails(1).says("scripts/mine.rhai:4").says("throw `no");
    project.write("scripts/mine.rhai", &format!("{LINE}let a = ;\n"));
    project.imgctl(&["check", "scripts/mine.rhai"]).fails(2).says("scripts/mine.rhai:2");
    project.write("tool.rhai", &format!("{LINE}fn work() {{\n    throw \"gone\";\n}}\n"));
    project.write("mine.rhai", &format!("{LINE}import \"tool\" as tool;\ntool::work();\n"));
    project.imgctl(&["run", "mine.rhai"]).fails(1).says("tool.rhai:3");
}

#[test]
fn a_script_from_standard_input_may_have_it_too() {
    let project = Project::new();
    project.write("input", &format!("{LINE}print(\"it\");"));
    let input = std::fs::File::open(project.path().join("input")).unwrap();
    let ran = project.imgctl_with_setup(&["run", "-"], |command| {
        command.stdin(input);
    });
    ran.succeeds().says("it\n");
}

#[test]
fn an_executable_script_is_a_program_with_arguments() {
    let project = Project::new();
    let text = "let given = args::parse([\"name\"], #{ port: 80 });\nprint(`${given.name} at ${given.port}`);\n";
    project.write("tools/serve", &format!("{LINE}{text}"));
    let file = project.path().join("tools/serve");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_imgctl"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let words = ["web", "port=8080"];
    let output = Command::new(&file)
        .args(words)
        .current_dir(project.path())
        .env_clear()
        .env("HOME", project.path())
        .env("PATH", path)
        .output()
        .unwrap();
    Ran::new(&words, output).succeeds().says("web at 8080\n");
}
