//! What runs at once, how it is shown, and how it ends together.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{ALL, MATRIX, outcome, project};

/// Each tells when it is there and waits until as many are as the file `together` has characters.
const MEET: &str = "//! Meet.
let at = `${cloud::region()}-${cloud::distribution()}`;
fs::write(`there/${at}`, \"\");
let wanted = fs::read(\"together\").len();
retry(#{ attempts: 600, delay: \"100ms\" }, || {
    if fs::glob(\"there/*\").len() < wanted { throw \"alone\"; }
});
";

#[test]
fn combinations_run_side_by_side() {
    let project = project(MATRIX);
    project.write("scripts/meet.rhai", MEET);
    project.write("there/.keep", "");
    project.write("together", "|||");
    project.imgctl(&["meet", "--matrix", "--jobs", "3"]).succeeds();
}

#[test]
fn the_limits_of_the_configuration_hold() {
    for limit in ["jobs: 1", "jobs_per_cloud: {fake: 1}"] {
        let project = project(&format!("{MATRIX}  {limit}\n"));
        let script = "//! One at a time.
if fs::exists(\"busy\") { throw \"two at once\"; }
fs::write(\"busy\", \"\");
time::sleep(\"50ms\");
fs::remove(\"busy\");
";
        project.write("scripts/alone.rhai", script);
        project.imgctl(&["alone", "--matrix"]).succeeds();
    }
}

#[test]
fn every_line_names_its_combination() {
    let project = project(MATRIX);
    let ran = project.imgctl(&["up", "--matrix"]).succeeds();
    let ruled = |line: &&str| ALL.iter().any(|name| line.trim_start().starts_with(name));
    let others: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| {
            !ruled(line) && !ALL.iter().any(|name| line.contains(&format!("{name}: done")))
        })
        .collect();
    assert_eq!(others, Vec::<&str>::new(), "{ran}");

    let ran = project.imgctl(&["status", "--matrix", "--output", "json"]).succeeds();
    let mut seen = std::collections::BTreeSet::new();
    for line in ran.stdout.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        seen.extend(event["combination"].as_str().map(str::to_owned));
    }
    assert!(ALL.iter().all(|name| seen.contains(*name)), "{ran}");
    project.imgctl(&["destroy", "--matrix"]).succeeds();
}

#[test]
fn ctrl_c_ends_all_of_them_cleanly_and_the_same_command_continues() {
    let project = project(MATRIX);
    let script = "//! Bake.
cloud::up();
if !fs::exists(\"mended\") { print(\"waiting\"); time::sleep(\"1h\"); }
cloud::destroy();
";
    project.write("scripts/bake.rhai", script);
    let mut process = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(["bake", "--jobs", "2"])
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    for _ in 0..2 {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.ends_with("waiting\n"), "{line}");
    }
    kill_process(Pid::from_raw(process.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    let (mut rows, mut stderr) = (String::new(), String::new());
    stdout.read_to_string(&mut rows).unwrap();
    process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130), "{rows}{stderr}");
    assert_eq!(rows.matches("stopped").count(), 2, "{rows}{stderr}");
    assert_eq!(rows.matches("not begun").count(), 1, "{rows}{stderr}");
    assert_eq!(outcome(&project, ALL[2]), "none");

    project.write("mended", "");
    project.imgctl(&["bake"]).succeeds();
    assert!(project.debris().is_empty());
}

#[test]
fn two_at_once_on_one_matrix_are_refused() {
    let project = project(MATRIX);
    let script = "//! Bake.\nprint(\"waiting\");\nlocal::run(\"cat\");\n";
    project.write("scripts/wait.rhai", "//! Wait.\nprint(\"waiting\"); time::sleep(\"1h\");\n");
    project.write("scripts/bake.rhai", script);
    let mut process = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(["wait", "--matrix"])
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    project.imgctl(&["bake"]).fails(2).says("imgctl wait --matrix").says("matrix.json");
    kill_process(Pid::from_raw(process.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130));
}
