//! Two imgctl at a time in one project.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::project::Project;

/// An imgctl that runs a task until it reads its standard input's end.
struct Busy(Child);

impl Busy {
    /// Starts it, and returns when it has printed a line.
    fn start(project: &Project, words: &[&str]) -> Busy {
        let mut child = Command::new(env!("CARGO_BIN_EXE_imgctl"))
            .args(words)
            .current_dir(project.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{words:?} printed nothing");
        Busy(child)
    }

    fn end(mut self, project: &Project) {
        drop(self.0.stdin.take());
        project.write("go", "");
        assert!(self.0.wait().unwrap().success());
        std::fs::remove_file(project.path().join("go")).unwrap();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const HOLD: &str = "//! Holds.
let host = cloud::host();
step(\"a long step\", || {
    print(\"holding\");
    while !fs::exists(\"go\") { time::sleep(\"10ms\"); }
});
";

#[test]
fn one_chain_at_a_time_works_on_an_instance_and_who_does_is_told() {
    let project = Project::new();
    project.write("scripts/hold.rhai", HOLD);
    project.write("scripts/change.rhai", "//! Changes.\ncloud::host().run(\"true\");\n");
    project.write(
        "scripts/again.rhai",
        "//! Steps.\nlet host = cloud::host();\nstep(\"one\", || host);\n",
    );
    project.imgctl(&["up"]).succeeds();
    let busy = Busy::start(&project, &["hold"]);
    let holder = format!(
        "`{} hold` (process {}, at hold: a long step)",
        env!("CARGO_BIN_EXE_imgctl"),
        busy.0.id()
    );
    for words in [
        &["change"][..],
        &["again"],
        &["bootstrap"],
        &["up"],
        &["down"],
        &["create_image"],
        &["destroy"],
        &["run", "-e", "cloud::host().reboot()"],
        &["run", "-e", "cloud::host().write(\"/tmp/x\", \"x\")"],
    ] {
        let ran = project.imgctl(words).fails(2);
        ran.says("is using the state file PROJECT/.state.json").says(&holder).never_says("is kept");
    }
    // Who only looks need not wait.
    project.imgctl(&["status"]).succeeds();
    project.imgctl(&["list_images"]).succeeds();
    project.imgctl(&["ssh:true"]).never_says("is using the state file");
    project.imgctl(&["run", "-e", "cloud::host().query(\"true\")"]).succeeds();
    project.imgctl(&["--dry-run", "change"]).succeeds();
    busy.end(&project);
    project.imgctl(&["change", "destroy"]).succeeds();
}

#[test]
fn the_lock_is_kept_when_a_chain_ends_one_run_and_begins_another() {
    let project = Project::new();
    project.write(
        "scripts/pause.rhai",
        "//! Pauses.
print(\"pausing\");
while !fs::exists(\"go\") { time::sleep(\"10ms\"); }
",
    );
    project.imgctl(&["up"]).succeeds();
    let busy = Busy::start(&project, &["destroy", "pause", "up"]);
    project.imgctl(&["up"]).fails(2).says("destroy pause up` (process").says(", at pause)");
    busy.end(&project);
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn a_lock_file_left_by_a_killed_destroy_goes_with_the_next_one() {
    let project = Project::new();
    project.write(".state.json.lock", "");
    project.imgctl(&["destroy"]).succeeds();
    assert!(!project.path().join(".state.json.lock").exists());
}

#[test]
fn the_owner_can_read_the_state_whatever_the_umask_is() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    let imgctl = env!("CARGO_BIN_EXE_imgctl");
    let line = format!("umask 0277; exec '{imgctl}' up");
    let ran = Command::new("sh").args(["-c", &line]).current_dir(project.path()).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let found = project.path().join(".state.json").metadata().unwrap();
    assert_eq!(found.permissions().mode() & 0o7777, 0o600);
}
