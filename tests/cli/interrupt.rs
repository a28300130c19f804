//! Ctrl-C.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::Project;

/// Runs code that prints a line and then waits, and interrupts it there.
fn interrupted(project: &Project, words: &[&str], signal: Signal) -> (Option<i32>, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(words)
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid = Pid::from_raw(process.id().cast_signed()).unwrap();
    kill_process(pid, signal).unwrap();
    let mut stderr = String::new();
    process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (process.wait().unwrap().code(), stderr)
}

#[test]
fn an_interrupted_script_ends_with_130_and_keeps_what_is_done() {
    let project = Project::new();
    let script = "//! Wait.
let host = cloud::host();
step(\"one\", || host.run(\"echo one\"));
step(\"two\", || { print(\"waiting\"); time::sleep(\"1h\"); });
";
    project.write("scripts/wait.rhai", script);
    for signal in [Signal::INT, Signal::TERM] {
        let (status, stderr) = interrupted(&project, &["up", "wait"], signal);
        assert_eq!(status, Some(130), "{stderr}");
        assert!(stderr.contains("interrupted: cleaning up"), "{stderr}");
        assert!(stderr.contains("the instance is kept"), "{stderr}");
    }
    assert_eq!(project.debris().len(), 2);
    project.imgctl(&["status"]).succeeds().says("step done: wait: one");
    project.imgctl(&["destroy"]).succeeds();
    assert!(project.debris().is_empty());
}

#[test]
fn a_loop_that_never_waits_can_be_interrupted_too() {
    let project = Project::new();
    let code = "print(1); loop {}";
    let (status, stderr) = interrupted(&project, &["run", "-e", code], Signal::INT);
    assert_eq!(status, Some(130), "{stderr}");
}

#[test]
fn a_command_of_this_machine_is_ended_with_it() {
    let project = Project::new();
    let code = "print(1); local::run(\"sleep 3600; touch survived\");";
    let (status, stderr) = interrupted(&project, &["run", "-e", code], Signal::INT);
    assert_eq!(status, Some(130), "{stderr}");
    assert!(!project.path().join("survived").exists());
}
