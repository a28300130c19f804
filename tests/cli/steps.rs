//! Steps: what is done is not repeated.

use crate::project::{Project, Ran};

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
    project.imgctl(&["up"]).succeeds();
    project
}

/// The commands that were run.
fn commands(ran: &Ran) -> Vec<&str> {
    ran.calls.iter().filter_map(|call| call.strip_prefix("ssh build run: ")).collect()
}

#[test]
fn the_next_run_continues_at_the_step_that_failed() {
    let project = project();
    let failed = project.imgctl(&["mine"]).fails(1).says("--> scripts/mine.rhai:4");
    assert_eq!(commands(&failed), ["echo one", "flaky => 1"]);
    let next = project.imgctl(&["mine"]).succeeds().says("first (done before)");
    assert_eq!(commands(&next), ["flaky", "echo three"]);
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
    unknown
        .fails(2)
        .says("error: no task of this command has a step called `secnd`")
        .says("whole name")
        .calls_nothing();
}

/// In the shipped bootstrap the names of steps are given to a function of it.
#[test]
fn from_finds_steps_whose_names_are_handed_on_or_filled_in() {
    let project = project();
    project.imgctl(&["bootstrap"]).succeeds();
    let ran = project.imgctl(&["bootstrap", "--from", "nginx"]).succeeds();
    ran.says("packages (before `nginx`)").never_says("nginx (before");
    let script = "//! Named.
let host = cloud::host();
fn named(name, command) { step(name, || host_run(command)); }
fn host_run(command) { cloud::host().run(command) }
for name in [\"one\", \"two\"] { step(name, || host.run(`echo ${name}`)); }
for name in [\"git\"] { step(`install ${name} now`, || host.run(`echo ${name}`)); }
named(\"last\", \"echo last\");
if env::get(\"HOME\") == \"\" { step(\"elsewhere\", || 1); }
";
    project.write("scripts/mine.rhai", script);
    for (from, wanted) in [
        ("two", &["echo two", "echo git", "echo last"][..]),
        ("install git now", &["echo git", "echo last"]),
        ("last", &["echo last"]),
    ] {
        let ran = project.imgctl(&["mine", "--from", from]).succeeds();
        assert_eq!(commands(&ran), wanted, "{from}");
    }
    let left_out = project.imgctl(&["mine", "--from", "elsewhere"]).fails(2);
    let left_out = left_out.says("mine did not come to its step `elsewhere`");
    assert_eq!(commands(&left_out), [""; 0]);
}

#[test]
fn a_file_of_the_scripts_folder_is_the_task() {
    let project = project();
    project.imgctl(&["mine"]);
    let ran = project.imgctl(&["run", "scripts/mine.rhai"]).succeeds();
    assert_eq!(commands(&ran), ["flaky", "echo three"]);
    assert_eq!(commands(&project.imgctl(&["mine"])), [""; 0]);
}

#[test]
fn a_new_instance_has_nothing_done() {
    let project = project();
    project.imgctl(&["mine"]);
    project.imgctl(&["mine"]);
    project.imgctl(&["destroy", "up"]).succeeds();
    let ran = project.imgctl(&["mine"]);
    assert_eq!(commands(&ran), ["echo one", "flaky", "echo three"]);
}

#[test]
fn the_status_tells_the_steps_done() {
    let project = project();
    project.imgctl(&["mine"]);
    project.imgctl(&["status"]).succeeds().says("step done: mine: first").never_says("second");
}

#[test]
fn a_step_that_had_nothing_to_do_says_so() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code = "step(\"none\", || false); step(\"some\", || true); step(\"any\", || print(1));";
    let ran = project.imgctl(&["run", "-e", code]).succeeds();
    let line = |step: &str| {
        let mut lines = ran.stderr.lines().filter(|line| line.contains(&format!("ok {step} (")));
        lines.next().unwrap_or_else(|| panic!("no {step} in:\n{ran}")).to_owned()
    };
    assert!(line("none").ends_with(", unchanged)"), "{ran}");
    assert!(!line("some").contains("unchanged") && !line("any").contains("unchanged"), "{ran}");
}

#[test]
fn a_step_that_failed_is_not_done_although_it_once_was() {
    let project = Project::new();
    let script = |second: &str| {
        format!(
            "//! Two.\nlet host = cloud::host();\nstep(\"first\", || host.run(\"echo one\"));\n{second}"
        )
    };
    let good = script("step(\"second\", || host.run(\"echo two\"));\n");
    project.write("scripts/mine.rhai", &good);
    project.imgctl(&["up", "mine"]).succeeds();
    // Another text of it fails half-way, and the earlier one comes back.
    let bad = script("step(\"second\", || { host.run(\"echo half\"); throw \"no luck\"; });\n");
    project.write("scripts/mine.rhai", &bad);
    project.imgctl(&["mine"]).fails(1).says("first (done before)");
    project.write("scripts/mine.rhai", &good);
    let again = project.imgctl(&["mine"]).succeeds().says("first (done before)");
    assert_eq!(commands(&again), ["echo two"]);

    // With --fresh all of them are to be done again, also what comes behind the failure.
    let bad = good.replace("|| host.run(\"echo one\")", "|| throw \"no luck\"");
    project.write("scripts/mine.rhai", &bad);
    project.imgctl(&["mine", "--fresh"]).fails(1);
    project.write("scripts/mine.rhai", &good);
    assert_eq!(commands(&project.imgctl(&["mine"]).succeeds()), ["echo one", "echo two"]);
}

#[test]
fn status_tells_a_step_that_its_script_has_no_more() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    project.write("scripts/mine.rhai", "step(\"old\", || 1);\nstep(\"kept\", || 2);\n");
    project.imgctl(&["mine"]).succeeds();
    project.write("scripts/mine.rhai", "step(\"new\", || 1);\nstep(\"kept\", || 2);\n");
    let ran = project.imgctl(&["status", "--steps"]).succeeds();
    ran.says("step gone: mine: old").says("step done: mine: kept");
    // A name that is computed may be that one.
    let computed = "let name = \"o\" + \"ld\";\nstep(name, || 1);\nstep(\"kept\", || 2);\n";
    project.write("scripts/mine.rhai", computed);
    project.imgctl(&["status", "--steps"]).succeeds().never_says("step gone");
}
