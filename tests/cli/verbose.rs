//! What `-v`, `-vv` and `--log` tell, and the summary at the end of a chain.

use std::os::unix::fs::PermissionsExt;

use crate::project::Project;

const SECRET: &str = "s3cret of \"mine\", 0123456789";

/// A command with a secret, a file that is written twice, a file that is read.
const SCRIPT: &str = "//! Mine.
let host = cloud::host();
let token = secret::env(\"TOKEN\");
step(\"note\", || host.write(\"/tmp/note\", `token=${token}\\n`));
step(\"again\", || host.write(\"/tmp/note\", `token=${token}\\n`));
host.run([\"echo\", token]);
host.run([\"echo\", json::text(#{ token: token })]);
print(host.query(\"cat /tmp/note\").status);
";

fn project() -> Project {
    let project = Project::new();
    project.write("scripts/mine.rhai", SCRIPT);
    project.imgctl(&["up"]).succeeds();
    project
}

#[test]
fn each_v_tells_more_and_no_secret() {
    let project = project();
    let with = |words: &[&str]| {
        let ran = project.imgctl_with_setup(words, |command| {
            command.env("TOKEN", SECRET);
        });
        ran.succeeds().never_says("s3cret").never_says("0123456789")
    };
    let usual = with(&["--fresh", "mine"]);
    usual.never_says("$ echo").never_says("status 0");

    let commands = with(&["--fresh", "-v", "mine"]);
    let commands = commands
        .says("] $ echo ")
        .says("status 0, 0.")
        .says("$ cat /tmp/note (status 0, 0.")
        .never_says("compared /tmp/note");
    assert!(commands.stderr.lines().any(|line| line.contains("[imgctl-debian12")), "{commands}");

    with(&["destroy", "up"]);
    let all = with(&["-vv", "mine"]);
    all.says("sent /tmp/note\n      token=***")
        .says("compared /tmp/note\n      the same")
        .says("read from `cat /tmp/note`\n      token=***");
}

#[test]
fn a_log_has_everything_with_times_whatever_is_shown() {
    let project = project();
    let log = project.path().join("build.log");
    let with = |words: &[&str]| {
        project.imgctl_with_setup(words, |command| {
            command.env("TOKEN", SECRET);
        })
    };
    let ran = with(&["-q", "--log", "build.log", "mine"]).succeeds();
    assert_eq!(ran.stderr, "");
    let text = std::fs::read_to_string(&log).unwrap();
    for line in text.lines() {
        let (time, _) = line.split_once(' ').unwrap_or((line, ""));
        time.parse::<jiff::Timestamp>().expect(line);
        assert!(!line.contains("s3cret"), "{line}");
    }
    for told in ["→ mine", "sent /tmp/note", "] $ echo ", "status 0", "✓ mine", "summary: "] {
        assert!(text.contains(told), "no {told} in\n{text}");
    }
    assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);

    // It is appended to, also by a command that fails, and on a screen of JSON.
    with(&["--output", "json", "--log=build.log", "run", "-e", "throw `no luck`"]).fails(1);
    let more = std::fs::read_to_string(&log).unwrap();
    assert!(more.starts_with(&text) && more.contains("error: no luck"), "{more}");
}

#[test]
fn a_log_that_cannot_be_written_is_refused_before_anything_starts() {
    let project = Project::new();
    for (file, why) in [
        ("nowhere/build.log", "No such file"),
        (".", "Is a directory"),
        ("config.yaml", "is the configuration"),
        ("./.state.json", "is the state"),
    ] {
        let ran = project.imgctl(&["--log", file, "up"]).fails(2).says("error: ").says(why);
        ran.hints("--log").calls_nothing();
    }
}

#[test]
fn a_chain_ends_with_a_summary() {
    let project = project();
    project.write("scripts/fail.rhai", "//! Fail.\nstep(\"begin\", || throw \"no\");\n");
    let with = |words: &[&str]| {
        project.imgctl_with_setup(words, |command| {
            command.env("TOKEN", SECRET);
        })
    };
    let ran = with(&["up", "mine"]).succeeds();
    let ran = ran.says("summary: 2 tasks, 2 steps: 1 changed, 1 unchanged (");
    let line = ran.stderr.lines().find(|line| line.trim_start().starts_with("mine ")).unwrap();
    assert!(line.ends_with(" s  2 steps: 1 changed, 1 unchanged"), "{line}");
    with(&["mine"]).says("summary: 1 task, 2 steps: 2 skipped (");
    let failed = with(&["mine", "fail"]).fails(1);
    failed.says("3 steps: 2 skipped, 1 failed (").says("failed; 1 step: 1 failed");
    // What only shows something has none, and neither has a quiet one.
    with(&["status"]).never_says("summary");
    with(&["-q", "up", "mine"]).never_says("summary");
    with(&["--output", "json", "mine"]).says("\"event\":\"summary\"").says("\"skipped\":2");
}

#[test]
fn a_log_is_added_to_logs_only() {
    let project = Project::new();
    project.write("scripts/mine.rhai", "//! Mine.\nprint(1);\n");
    project.write("images.json", "[]\n");
    for file in ["scripts/mine.rhai", "images.json"] {
        let before = std::fs::read_to_string(project.path().join(file)).unwrap();
        project.imgctl(&["--log", file, "mine"]).fails(2).says("is no log").hints("--log");
        assert_eq!(std::fs::read_to_string(project.path().join(file)).unwrap(), before);
    }
    project.imgctl(&["--log", "x", "--report", "x", "mine"]).fails(2).says("`--report`");
    let pipe = project.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    project.imgctl(&["--log", "pipe", "mine"]).fails(2).says("is no log");
    project.imgctl(&["--log", "kept.log", "mine"]).succeeds();
    project.imgctl(&["--log", "kept.log", "mine"]).succeeds();
}

#[test]
fn what_commands_of_this_machine_print_is_told_too() {
    let project = Project::new();
    let code = "local::query(\"echo from-a-query\"); local::run(\"echo from-a-run\"); ()";
    let ran = project.imgctl(&["-vv", "run", "-e", code]).succeeds();
    ran.says("read from `echo from-a-query`\n      from-a-query").says("      from-a-run");
    project.imgctl(&["-v", "run", "-e", code]).succeeds().never_says("      from-a-run");
}
