//! What is shown, to people and to programs.

use serde_json::Value;

use crate::project::Project;

const BAKE: &[&str] = &["up", "bootstrap", "tests", "create_image", "list_images", "destroy"];

#[test]
fn pipes_get_no_colours_unless_asked_for() {
    let project = Project::new();
    let ran = project.imgctl(BAKE);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let escapes = |text: &str| text.contains('\x1b');
    assert!(!escapes(&ran.stdout) && !escapes(&ran.stderr), "{}", ran.stderr);
    let forced = project.imgctl_with_setup(&["up"], |command| {
        command.env("CLICOLOR_FORCE", "1");
    });
    assert!(escapes(&forced.stderr), "{}", forced.stderr);
    let refused = project.imgctl_with_setup(&["status", "destroy"], |command| {
        command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    });
    assert!(!escapes(&refused.stdout) && !escapes(&refused.stderr), "{}", refused.stderr);
}

#[test]
fn results_are_on_stdout_and_the_story_on_stderr() {
    let project = Project::new();
    let ran = project.imgctl(&["up", "create_image"]);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    let id = ran.stdout.trim().strip_prefix("created server image: ").unwrap();
    assert!(project.images().contains(id));
    assert!(ran.stderr.contains("create_image ("), "{}", ran.stderr);
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_line_of_json_is_an_event() {
    let project = Project::new();
    let ran = project.imgctl(&[&["--output", "json"], BAKE].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let events = events(&ran.stdout);
    let named = |name: &str| -> Vec<&Value> {
        events.iter().filter(|event| event["event"] == name).collect()
    };
    let tasks: Vec<_> = named("task_finished").iter().map(|event| event["task"].clone()).collect();
    assert_eq!(tasks, BAKE);
    let image = &named("created_image")[0]["id"];
    assert_eq!(&named("row")[0]["row"]["id"], image);
    assert!(named("step_finished").len() > 5, "{}", ran.stdout);

    let failed = project.imgctl(&["--output", "json", "tests"]);
    assert_eq!((failed.status, failed.stderr.as_str()), (1, ""));
    let last = self::events(&failed.stdout).pop().unwrap();
    assert_eq!(last["event"], "error");
    assert_eq!(last["code"], "not_found");
    assert_eq!(last["hint"], "run `imgctl up` to start one");
    assert_eq!(last["place"], "scripts/tests.rhai:9");
}

#[test]
fn quiet_shows_results_and_failures_only() {
    let project = Project::new();
    let ran = project.imgctl(&["-q", "up", "create_image"]);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.starts_with("created server image: "), "{}", ran.stdout);
    let failed = project.imgctl(&["-q", "delete_image:nothing"]);
    assert!(failed.stderr.contains("error: "), "{}", failed.stderr);
}

/// Every code of a thrown error ends the process as the README says.
#[test]
fn exit_codes_tell_what_kind_of_failure_it_was() {
    let project = Project::new();
    let code = |code: &str| format!("throw #{{ code: \"{code}\", message: \"m\" }};");
    let cases = [
        ("failed", 1),
        ("command_failed", 1),
        ("not_found", 1),
        ("timeout", 1),
        ("io", 1),
        ("usage", 2),
        ("config", 2),
        ("script", 2),
        ("state", 2),
        ("capability", 2),
        ("refused", 3),
        ("connection", 3),
        ("authentication", 3),
        ("host_key_changed", 3),
        ("interrupted", 130),
    ];
    for (name, status) in cases {
        assert_eq!(project.imgctl(&["run", "-e", &code(name)]).status, status, "{name}");
    }
    assert_eq!(project.imgctl(&["run", "-e", "1"]).status, 0);
    project.write("scripts/leave.rhai", "//! Leave.\ntask::exit(42);\nprint(\"not reached\");\n");
    let ran = project.imgctl(&["leave"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (42, ""));
}

#[test]
fn a_failed_task_keeps_the_instance_or_removes_it_as_asked() {
    let project = Project::new();
    project.write("scripts/fail.rhai", "//! Fail.\nthrow \"no\";\n");
    let kept = project.imgctl(&["up", "fail"]);
    assert_eq!(kept.status, 1);
    assert!(kept.stderr.contains("the instance is kept"), "{}", kept.stderr);
    assert_eq!(project.debris().len(), 2);
    let destroyed = project.imgctl(&["--on-error", "destroy", "up", "fail"]);
    assert_eq!(destroyed.status, 1);
    assert!(
        destroyed.stderr.ends_with("error: no\n  --> scripts/fail.rhai:2\n"),
        "{}",
        destroyed.stderr
    );
    assert!(project.debris().is_empty());
}
