//! Ctrl-C.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::Project;
use crate::terminal::Terminal;

/// Runs code that prints a line and then waits, and interrupts it there.
fn interrupted(project: &Project, words: &[&str], signal: Signal) -> (Option<i32>, String) {
    interrupted_by(project, words, &[signal])
}

/// The signals follow each other at once.
fn interrupted_by(project: &Project, words: &[&str], signals: &[Signal]) -> (Option<i32>, String) {
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
    for signal in signals {
        kill_process(pid, *signal).unwrap();
    }
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

/// `timeout` signals the process and its group, a terminal and its shell both say that they are closed.
#[test]
fn an_interruption_that_comes_twice_at_once_is_one() {
    let project = Project::new();
    project.write("scripts/wait.rhai", "//! Wait.\nprint(\"waiting\");\ntime::sleep(\"1h\");\n");
    for signals in [[Signal::TERM; 2], [Signal::INT, Signal::TERM], [Signal::HUP, Signal::INT]] {
        let words = ["up", "wait", "--on-error", "destroy"];
        let (status, stderr) = interrupted_by(&project, &words, &signals);
        assert_eq!(status, Some(130), "{stderr}");
        assert!(project.debris().is_empty(), "{signals:?}: {stderr}");
    }
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
fn what_is_left_in_the_background_ends_with_imgctl() {
    let project = Project::new();
    let code = "local::run(\"sleep 3600 >/dev/null 2>&1 & echo $! > pid\");
        local::run(\"setsid sleep 3600 >/dev/null 2>&1 & echo $! > kept; \
            until [ $(cut -d' ' -f6 /proc/$!/stat) = $! ]; do :; done\");";
    project.imgctl(&["run", "-e", code]).succeeds();
    let pid = |name: &str| std::fs::read_to_string(project.path().join(name)).unwrap();
    let kept = pid("kept");
    let lives = runs(kept.trim());
    let kept = Pid::from_raw(kept.trim().parse().unwrap()).unwrap();
    let _ = kill_process(kept, Signal::KILL);
    assert!(!runs(pid("pid").trim()));
    assert!(lives, "what has a session of its own goes on");
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
fn a_script_that_is_a_pipe_nobody_writes_to_can_be_interrupted() {
    let project = Project::new();
    let pipe = project.path().join("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
    for (words, signal) in [
        (["run", "pipe"], Signal::INT),
        (["check", "pipe"], Signal::TERM),
        (["test", "pipe"], Signal::INT),
    ] {
        let mut process = Command::new(env!("CARGO_BIN_EXE_imgctl"))
            .args(words)
            .current_dir(project.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It can be opened once there is a reader.
        let writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        kill_process(Pid::from_raw(process.id().cast_signed()).unwrap(), signal).unwrap();
        let mut stderr = String::new();
        process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(130), "{words:?}: {stderr}");
        drop(writer);
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

/// The terminal sends it to both, and the program may end before imgctl has noticed.
#[test]
fn ctrl_c_is_no_failure_of_the_program_that_it_ends_as_well() {
    let project = Project::new();
    for line in ["sleep 3600", "trap 'exit 130' INT; sleep 3600"] {
        let code = format!("local::run(\"{line}\")");
        let mut terminal = Terminal::open(&project, &["run", "-e", &code], &[]);
        terminal.shows("local: ").types("\x03");
        let (status, shown) = terminal.ends();
        assert_eq!(status, 130, "{shown}");
        assert!(shown.contains("error: interrupted"), "{shown}");
        assert!(!shown.contains("signal 2") && !shown.contains("status 130"), "{shown}");
    }
}

/// A window that is closed, a connection that is lost: nothing can be drawn any more, and all is cleaned up.
#[test]
fn a_terminal_that_is_closed_interrupts() {
    let project = Project::new();
    let ended = project.path().join("ended");
    assert!(Command::new("mkfifo").arg(&ended).status().unwrap().success());
    for code in ["time::sleep(\"1h\")", "local::run(\"sleep 3600\")"] {
        let imgctl = env!("CARGO_BIN_EXE_imgctl");
        // The shell of a window hands the signal on.
        let line = format!(
            "{imgctl} run -e '{code}' & pid=$!; trap 'kill -HUP $pid' HUP; wait $pid; wait $pid; echo $? > ended"
        );
        let mut terminal = Terminal::of(&project, &["sh", "-c", &line], &[]);
        // A bar is drawn.
        terminal.shows(if code.starts_with("time") { "sleeping" } else { "local: " });
        drop(terminal);
        assert_eq!(std::fs::read_to_string(&ended).unwrap(), "130\n", "{code}");
    }
}

/// Whether a process has a handler for a signal.
fn handles(pid: u32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw() - 1) & 1 == 1)
}

#[test]
fn a_wait_for_standard_input_can_be_interrupted() {
    let project = Project::new();
    for words in [&["run", "-"][..], &["repl"]] {
        for signal in [Signal::INT, Signal::TERM] {
            let mut process = Command::new(env!("CARGO_BIN_EXE_imgctl"))
                .args(words)
                .current_dir(project.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            while !handles(process.id(), signal) {
                assert!(process.try_wait().unwrap().is_none(), "{words:?} has ended");
            }
            kill_process(Pid::from_raw(process.id().cast_signed()).unwrap(), signal).unwrap();
            let mut stderr = String::new();
            process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            // Its standard input is open for as long.
            assert_eq!(process.wait().unwrap().code(), Some(130), "{words:?}: {stderr}");
        }
    }
}
