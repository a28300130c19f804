//! GitHub's action: its step, as GitHub would run it.

use std::path::Path;
use std::process::{Command, Output};

use crate::beds::bed;
use crate::project::Project;

fn source(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The step in a project, and what it has put out for later steps.
fn step(project: &Project, run: &str, program: &str) -> (Output, String) {
    let outputs = project.path().join("outputs");
    std::fs::write(&outputs, "").unwrap();
    let output = Command::new("bash")
        .arg(source("packaging/action.sh"))
        .arg("run")
        .current_dir(project.path())
        .env("INPUT_RUN", run)
        .env("INPUT_PROGRAM", program)
        .env("INPUT_REPORT", "page.html")
        .env("ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
        .env("GITHUB_OUTPUT", &outputs)
        .output()
        .unwrap();
    (output, std::fs::read_to_string(&outputs).unwrap())
}

#[test]
fn the_action_runs_the_words_and_tells_later_steps_where_the_report_is() {
    let project = Project::new();
    let program = env!("CARGO_BIN_EXE_imgctl");
    let (output, told) = step(&project, "cloud:fake bake\n  --output 'human'", program);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    // Later steps run in other folders.
    let page = project.path().canonicalize().unwrap().join("page.html");
    assert_eq!(told, format!("program={program}\nreport={}\n", page.display()));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("verify_image"));
}

#[test]
fn a_word_of_the_action_is_never_carried_out_by_the_shell() {
    let project = Project::new();
    let program = env!("CARGO_BIN_EXE_imgctl");
    let run =
        "run -e 'print(args::positional())' '$(touch made)' \"a  b\" `touch made`; touch made";
    let (output, _) = step(&project, run, program);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("$(touch made)"), "{text}");
    assert!(text.contains("a  b") && !project.path().join("made").exists(), "{text}");
}

#[test]
fn what_the_action_cannot_run_is_told_on_the_jobs_page() {
    let project = Project::new();
    for (run, program, why) in [
        ("", env!("CARGO_BIN_EXE_imgctl"), "`run` is empty"),
        ("bake 'open", env!("CARGO_BIN_EXE_imgctl"), "quotes"),
        ("bake", "/nowhere/imgctl", "/nowhere/imgctl"),
    ] {
        let (output, _) = step(&project, run, program);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{run}: {text}");
        assert!(text.contains("::error title=imgctl::") && text.contains(why), "{run}: {text}");
    }
    // The job fails as imgctl does.
    let (output, _) = step(&project, "nonsense", env!("CARGO_BIN_EXE_imgctl"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_is_kept_in_the_cache_is_named_after_the_sources_and_the_compiler() {
    let project = Project::new();
    let key = || {
        let outputs = project.path().join("outputs");
        std::fs::write(&outputs, "").unwrap();
        let status = Command::new("bash")
            .arg(source("packaging/action.sh"))
            .arg("source")
            .env("ACTION_PATH", project.path())
            .env("GITHUB_OUTPUT", &outputs)
            .status();
        assert!(status.unwrap().success());
        std::fs::read_to_string(&outputs).unwrap()
    };
    for folder in ["plans", "scripts", "src", "stdlib"] {
        project.write(&format!("{folder}/file"), folder);
    }
    project.write("Cargo.toml", "");
    project.write("Cargo.lock", "");
    let first = key();
    assert!(first.starts_with("key=imgctl-") && first.contains("rustc"), "{first}");
    assert_eq!(first, key());
    project.write("src/file", "changed");
    assert_ne!(first, key());
}

#[test]
fn githubs_schema_of_actions_accepts_it() {
    let output = Command::new(bed("schema").join("bin/check-jsonschema"))
        .args(["--builtin-schema", "vendor.github-actions"])
        .arg(source("action.yml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
