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

/// Whether a process runs; one that has ended and that nobody has asked for does not.
pub fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    !matches!(state, None | Some(Some('Z' | 'X')))
}

#[test]
fn what_a_command_of_this_machine_started_is_ended_with_it() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let project = Project::new();
        let code = "local::run(\"mkfifo begun; (sleep 3600 & echo $! > pid; echo x > begun; wait) & wait\")";
        // The line is printed by another thread, once the command runs.
        let code = format!(
            "parallel([0, 1], |n| if n == 0 {{ {code} }} else {{
            while !fs::exists(\"begun\") {{ }}
            fs::read(\"begun\"); print(1);
        }});"
        );
        let (status, stderr) = interrupted(&project, &["run", "-e", &code], signal);
        assert_eq!(status, Some(130), "{stderr}");
        let pid = std::fs::read_to_string(project.path().join("pid")).unwrap();
        assert!(!runs(pid.trim()), "{signal:?}: {stderr}");
    }
}

#[test]
fn a_command_that_takes_too_long_is_ended_with_what_it_started() {
    let project = Project::new();
    let code = "local::run(\"(sleep 3600 & echo $! > pid; wait) & wait\", #{ timeout: \"1s\" })";
    project.imgctl(&["run", "-e", code]).fails(1).says("took longer than 1 s");
    let pid = std::fs::read_to_string(project.path().join("pid")).unwrap();
    assert!(!runs(pid.trim()));
}

#[test]
fn everything_that_waits_can_be_interrupted() {
    let project = Project::new();
    let pipe = project.path().join("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
    // With a writer that writes nothing it is read for ever.
    let _writer = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    for wait in [
        "sleep(3600)",
        "sleep(1.0e9)",
        "time::sleep(\"1h\")",
        "fs::read(\"pipe\")",
        "template::file(\"pipe\", #{})",
        "secret::file(\"pipe\")",
        "retry(#{ delay: \"1h\" }, || throw \"no\")",
        "local::query(\"cat pipe\")",
        "try { loop { } } catch { loop { } }",
    ] {
        let code = format!("print(1); {wait};");
        let (status, stderr) = interrupted(&project, &["run", "-e", &code], Signal::INT);
        assert_eq!(status, Some(130), "{wait}: {stderr}");
    }
}

#[test]
fn a_search_for_credentials_that_is_interrupted_has_not_found_none() {
    let project = Project::new();
    // It takes the connection, and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(["cloud:gce", "list_images"])
        .current_dir(project.path())
        .env("GCE_METADATA_HOST", silent.local_addr().unwrap().to_string())
        .env("HOME", project.path())
        .env("CLOUDSDK_CONFIG", project.path())
        .env_remove("GOOGLE_APPLICATION_CREDENTIALS")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = loop {
        if let Ok(asked) = silent.accept() {
            break asked;
        }
        assert!(process.try_wait().unwrap().is_none(), "it asks before it ends");
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    kill_process(Pid::from_raw(process.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    let mut stderr = String::new();
    process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130), "{stderr}");
    assert!(!stderr.contains("no credentials"), "{stderr}");
    drop(asked);
}
