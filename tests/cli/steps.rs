//! The step journal: what is done is not done twice.

use crate::project::{Project, Ran};
use crate::refused;

const SCRIPT: &str = "//! Three steps.
let host = cloud::host();
step(\"first\", || host.run(\"echo one\"));
step(\"second\", || host.run(\"flaky\"));
step(\"third\", || host.run(\"echo three\"));
";

fn project() -> Project {
    let project = Project::new()
        .answer("- {command: '^flaky$', status: 1, times: 1}\n- {command: '^flaky$'}");
    project.write("scripts/mine.rhai", SCRIPT);
    assert_eq!(project.imgctl(&["up"]).status, 0);
    project
}

/// The commands that were run.
fn commands(ran: &Ran) -> Vec<&str> {
    ran.calls.iter().filter_map(|call| call.strip_prefix("ssh build run: ")).collect()
}

#[test]
fn the_next_run_continues_at_the_step_that_failed() {
    let project = project();
    let failed = project.imgctl(&["mine"]);
    assert_eq!(failed.status, 1);
    assert_eq!(commands(&failed), ["echo one", "flaky => 1"]);
    assert!(failed.stderr.contains("--> scripts/mine.rhai:4"), "{}", failed.stderr);
    let next = project.imgctl(&["mine"]);
    assert_eq!((next.status, commands(&next)), (0, vec!["flaky", "echo three"]), "{}", next.stderr);
    assert!(next.stderr.contains("first (done before)"), "{}", next.stderr);
}

#[test]
fn a_step_that_was_edited_runs_again_and_the_others_do_not() {
    let project = project();
    project.imgctl(&["mine"]);
    project.imgctl(&["mine"]);
    project.write("scripts/mine.rhai", &SCRIPT.replace("echo one", "echo ONE"));
    assert_eq!(commands(&project.imgctl(&["mine"])), ["echo ONE"]);
    // White space and comments elsewhere are no edit.
    let moved =
        SCRIPT.replace("echo one", "echo ONE").replace("let host", "// a comment\n\nlet host");
    project.write("scripts/mine.rhai", &moved);
    assert_eq!(commands(&project.imgctl(&["mine"])), [""; 0]);
}

#[test]
fn fresh_runs_all_steps_and_from_those_behind() {
    let project = project();
    project.imgctl(&["mine"]);
    project.imgctl(&["mine"]);
    let fresh = project.imgctl(&["--fresh", "mine"]);
    assert_eq!(commands(&fresh), ["echo one", "flaky", "echo three"]);
    let from = project.imgctl(&["mine", "--from", "second"]);
    assert_eq!(commands(&from), ["flaky", "echo three"]);
    let unknown = project.imgctl(&["mine", "--from", "secnd"]);
    refused(&unknown, 2, "no task of this command has a step called `secnd`", "whole name");
}

#[test]
fn a_file_of_the_scripts_folder_is_the_task() {
    let project = project();
    project.imgctl(&["mine"]);
    let ran = project.imgctl(&["run", "scripts/mine.rhai"]);
    assert_eq!((ran.status, commands(&ran)), (0, vec!["flaky", "echo three"]), "{}", ran.stderr);
    assert_eq!(commands(&project.imgctl(&["mine"])), [""; 0]);
}

#[test]
fn a_new_instance_has_nothing_done() {
    let project = project();
    project.imgctl(&["mine"]);
    project.imgctl(&["mine"]);
    assert_eq!(project.imgctl(&["destroy", "up"]).status, 0);
    let ran = project.imgctl(&["mine"]);
    assert_eq!(commands(&ran), ["echo one", "flaky", "echo three"]);
}

#[test]
fn the_status_tells_the_steps_done() {
    let project = project();
    project.imgctl(&["mine"]);
    let status = project.imgctl(&["status"]).stdout;
    assert!(status.contains("step done: mine: first"), "{status}");
    assert!(!status.contains("second"), "{status}");
}
