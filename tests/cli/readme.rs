//! Every command of README.md, docs/fake.md and docs/check.md works as it is typed, rehearsed on the fake cloud.

use std::path::Path;
use std::process::Command;

use crate::project::Project;

/// The fenced blocks of one language, with the line each begins on.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    text.split(&fence as &str).skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn readme() -> String {
    document("README.md")
}

#[test]
fn the_commands_work_as_typed() {
    for (name, least) in [("README.md", 3), ("docs/fake.md", 2), ("docs/check.md", 1)] {
        let text = document(name);
        let blocks = blocks(&text, "sh");
        assert!(blocks.len() >= least, "{name}: {blocks:?}");
        typed(&blocks);
    }
}

/// Runs these blocks in one project, one after the other.
fn typed(blocks: &[&str]) {
    let project = Project::new();
    let folder = Path::new(env!("CARGO_BIN_EXE_imgctl")).parent().unwrap();
    for block in blocks {
        let output = Command::new("bash")
            .args(["-euc", &block.replace("cloud:local", "cloud:fake")])
            .current_dir(project.path())
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .env("HOME", project.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}\n{stderr}");
    }
}

#[test]
fn the_configuration_is_right() {
    let text = readme();
    for block in blocks(&text, "yaml") {
        let project = Project::new();
        project.write("config.yaml", block);
        project.imgctl(&["check"]).succeeds();
    }
}

#[test]
fn the_scripts_pass_the_check() {
    let text = readme();
    let blocks = blocks(&text, "rhai");
    assert!(blocks.len() >= 2, "{blocks:?}");
    for block in blocks {
        let project = Project::new();
        project.write("scripts/example.rhai", block);
        project.imgctl(&["check", "scripts/example.rhai"]).succeeds();
    }
}
