//! The plans by the grammars of their engines, and run.

use std::path::Path;
use std::process::{Command, Output};

use crate::beds::bed;
use crate::project;
use crate::project::Project;

/// Words that mean something to every language on the way.
const ODD: &str = "ssh:it's ${{ x }} $(y) \"z\" \\n \\u@\n%\u{2028}\u{7}é";

/// The name of a region that means something, too.
const ODD_NAME: &str = "-no rth's $X %{y} \"z\" #é";

const SETTINGS: &str = "matrix:
  cloud: [fake, ec2, gce]
  region: [us-west-2, \"2404\", europe-west3]
  distribution: [ubuntu2404]
  jobs_per_cloud: {fake: 1, ec2: 2}
  plan: {image: 'registry.example.com/imgctl:1', install: 'echo \"it''s\"', attempts: 3}
";

fn file(project: &Project, engine: &str, words: &[&str]) -> std::path::PathBuf {
    let ran = project.imgctl(&[words, &["--plan", engine]].concat()).succeeds();
    let name = if engine == "jenkins" { "Jenkinsfile" } else { &format!("{engine}.yml") };
    let path = project.path().join(name);
    std::fs::write(&path, &ran.stdout).unwrap();
    path
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(status.success(), "{said}");
    said
}

#[test]
fn github_and_gitlab_accept_their_plans() {
    let project = project(SETTINGS);
    let program = bed("plans").join("bin/check-jsonschema");
    for (engine, schema) in [("github", "vendor.github-workflows"), ("gitlab", "vendor.gitlab-ci")]
    {
        for words in [&["bake"][..], &["bake", ODD, "--jobs", "2", "--fail-fast"]] {
            let file = file(&project, engine, words);
            let mut check = Command::new(&program);
            check.args(["--builtin-schema", schema]).arg(&file);
            if engine == "gitlab" {
                check.args(["--data-transform", "gitlab-ci"]);
            }
            succeeds(&mut check);
        }
    }
    // A schema that accepts everything would show nothing.
    let broken = project.path().join("broken.yml");
    std::fs::write(&broken, "on: push\njobs: {a: {steps: 1}}\n").unwrap();
    let mut check = Command::new(program);
    check.args(["--builtin-schema", "vendor.github-workflows"]).arg(broken);
    assert!(!check.output().unwrap().status.success());
}

/// Names that a language would read as something else, and the longest that a project may have.
#[test]
fn odd_names_of_combinations_are_planned() {
    let long = "d".repeat(300);
    let names = [ODD_NAME, "日本", "a: b # c", "x\u{2028}y", "[[ y ]]", &long];
    let list = serde_json::to_string(&names).unwrap().replace('\u{2028}', "\\u2028");
    let project = project(&format!("matrix: {{region: {list}}}\n"));
    let bed = bed("plans");
    for (engine, schema) in [("github", "vendor.github-workflows"), ("gitlab", "vendor.gitlab-ci")]
    {
        let file = file(&project, engine, &["bake"]);
        let mut check = Command::new(bed.join("bin/check-jsonschema"));
        check.args(["--builtin-schema", schema]).arg(&file);
        if engine == "gitlab" {
            check.args(["--data-transform", "gitlab-ci"]);
        }
        succeeds(&mut check);
    }
    let validate = Command::new(bed.join("bin/kubernetes-validate"))
        .arg("--strict")
        .arg(file(&project, "kubernetes", &["bake"]))
        .output()
        .unwrap();
    assert!(validate.status.success(), "{validate:?}");
    let grammar = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/grammar.py");
    let jenkins = file(&project, "jenkins", &["bake"]);
    succeeds(Command::new(bed.join("bin/python")).arg(grammar).arg(jenkins));
    let plan = project.imgctl(&["bake", "--plan", "gitlab"]).succeeds();
    let is_job = |line: &&str| line.starts_with('"') && line.ends_with(':');
    let jobs: Vec<&str> = plan.stdout.lines().filter(is_job).collect();
    assert_eq!(jobs.len(), names.len(), "{jobs:?}");
    assert!(jobs.iter().all(|job| job.chars().count() <= 255 + 3), "{jobs:?}");
}

#[test]
fn kubernetes_accepts_its_plan() {
    let project = project(SETTINGS);
    let file = file(&project, "kubernetes", &["bake", ODD]);
    let check = bed("plans").join("bin/kubernetes-validate");
    let said = succeeds(Command::new(check).arg("--strict").arg(file));
    assert_eq!(said.matches(" passed ").count(), 7, "{said}");
}

#[test]
fn a_jenkinsfile_is_groovy() {
    let project = project(SETTINGS);
    let words = ["bake", ODD, "--cloud", "ec2", "--region", "us-west-2"];
    let file = file(&project, "jenkins", &[&words[..], &["--distribution", "debian12"]].concat());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("AWS_ACCESS_KEY_ID = credentials('AWS_ACCESS_KEY_ID')"), "{text}");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/grammar.py");
    succeeds(Command::new(bed("plans").join("bin/python")).arg(program).arg(file));
}

/// Fails once in the south; the first step may not be done twice.
const BAKE: &str = "//! Bake.
cloud::up();
step(\"first\", || {
    if fs::exists(`FOLDER/first-${cloud::region()}`) { throw \"done twice\"; }
    fs::write(`FOLDER/first-${cloud::region()}`, \"\");
});
step(\"special\", || {
    if cloud::region() == \"2404\" && !fs::exists(\"FOLDER/tried\") {
        fs::write(\"FOLDER/tried\", \"\");
        throw \"broken\";
    }
});
task::run(\"create_image\");
cloud::destroy();
";

/// Runs the plan of a bake that fails once, and one task with odd characters.
fn run(engine: &str) {
    let regions = format!("matrix: {{region: ['{}', \"2404\"]}}\n", ODD_NAME.replace('\'', "''"));
    let project = project(&regions);
    let folder = project.path().display().to_string();
    project.write("scripts/bake.rhai", &BAKE.replace("FOLDER", &folder));
    let say = "//! Say.\nlet given = args::parse([\"text\"], #{});\nfs::write(`FOLDER/said`, given.text);\n";
    project.write("scripts/say.rhai", &say.replace("FOLDER", &folder));
    let odd = "say:text=it's ${{ x }} $(y) \"z\" \\n \\u@\n\u{2028}\u{7}é\nend";
    let file = file(&project, engine, &["bake", odd, "--matrix"]);

    let made = tempfile::tempdir().unwrap();
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/runner.py");
    let program = Path::new(env!("CARGO_BIN_EXE_imgctl")).parent().unwrap();
    let mut command = Command::new(bed("plans").join("bin/python"));
    command.arg(runner).arg(engine).arg(&file).arg(project.path()).arg(made.path());
    command.env("PATH", format!("{}:/usr/bin:/bin", program.display()));
    let said = succeeds(&mut command);
    let plan = project.imgctl(&["bake", "--matrix", "--plan", "json"]).succeeds().stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    for (at, region) in [ODD_NAME, "2404"].into_iter().enumerate() {
        let combination = format!("fake/{region}/debian12");
        let job = &plan["combinations"][at];
        assert_eq!(job["combination"], combination.as_str());
        let is_row = |line: &&str| line.starts_with(&combination) && line.contains("  done  ");
        let row = said.lines().rfind(is_row).unwrap_or_default();
        assert!(row.contains("done") && row.contains("img-"), "{said}");
        let name = format!(".imgctl/{}/result.json", job["folder"].as_str().unwrap());
        assert!(made.path().join("collect").join(name).exists(), "{said}");
    }
    assert!(said.contains("broken") && !said.contains("done twice"), "{said}");
    let heard = std::fs::read_to_string(project.path().join("said")).unwrap();
    assert_eq!(heard, odd.strip_prefix("say:text=").unwrap());
    assert_eq!(project.images().len(), 2, "{said}");
    assert!(project.debris().is_empty(), "{said}");
}

#[test]
fn a_workflow_of_github_bakes() {
    run("github");
}

#[test]
fn a_pipeline_of_gitlab_bakes() {
    run("gitlab");
}

#[test]
fn a_jenkinsfile_bakes() {
    run("jenkins");
}

#[test]
fn jobs_of_kubernetes_bake() {
    run("kubernetes");
}
