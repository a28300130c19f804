//! Time limits, Ctrl-C, and sudo that refuses.

use std::time::Duration;

use imgctl::Code;
use imgctl::ssh::{Command, Remote};

use super::sshd::{Sshd, user};
use super::world::{command, connect, listening, remote, run, stdout_of, target, watch};

/// A command that prints a line and then runs for a long time, as a process marked by `mark`.
fn slow(mark: &str) -> String {
    format!("echo started; sleep 1000.{mark}; echo never")
}

/// True while a process of [`slow`] is running.
fn is_running(mark: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().filter_map(Result::ok).any(|entry| {
        std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| {
            line == format!("sleep\0{}\0", format_args!("1000.{mark}")).as_bytes()
        })
    })
}

/// Fails if the process is not gone soon.
fn assert_gone(mark: &str) {
    let end = std::time::Instant::now() + Duration::from_secs(30);
    while is_running(mark) {
        assert!(std::time::Instant::now() < end, "sleep 1000.{mark} still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn mark() -> String {
    // Different from any other sleep on this machine.
    format!("{}{:?}", std::process::id(), std::thread::current().id())
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

#[test]
fn a_time_limit_ends_the_command_and_says_what_it_last_printed() {
    let server = Sshd::start();
    let remote = connect(&server);
    let mark = mark();
    let slow = Command { timeout: Some(Duration::from_secs(1)), ..command(&slow(&mark)) };
    let error = remote.exec(&slow, &watch()).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(error.to_string().contains("started"), "{error}");
    assert!(error.to_string().contains("sleep 1000"), "{error}");
    assert_gone(&mark);
    assert_eq!(stdout_of(&*remote, "echo on"), "on");
}

#[test]
fn a_time_limit_shows_nothing_of_a_secret_command() {
    let server = Sshd::start();
    let secret = Command {
        secret: true,
        timeout: Some(Duration::from_secs(1)),
        ..command("echo hunter2; exec sleep 1000")
    };
    let error = connect(&server).exec(&secret, &watch()).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_silent_command_is_ended_and_one_with_output_is_not() {
    let server = Sshd::start();
    let mut target = target(&server);
    target.idle_timeout = Some(Duration::from_secs(1));
    let remote = remote(target);
    assert_eq!(run(&*remote, "for i in 1 2 3 4 5 6; do echo $i; sleep 0.3; done").status, 0);
    let mark = mark();
    let error = remote.exec(&command(&slow(&mark)), &watch()).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(error.to_string().contains("printed nothing for 1 s"), "{error}");
    assert_gone(&mark);
}

#[test]
fn an_interrupt_ends_the_command() {
    let server = Sshd::start();
    let remote = connect(&server);
    let (watch, listener) = listening();
    let cancel = watch.cancel.clone();
    *listener.on_line.lock().unwrap() = Some(Box::new(move |_| cancel.cancel()));
    let mark = mark();
    let slow = Command { live: true, ..command(&slow(&mark)) };
    let error = remote.exec(&slow, &watch).unwrap_err();
    assert_eq!(error.code(), Code::Interrupted);
    assert_gone(&mark);
    // No command starts after Ctrl-C.
    assert_eq!(remote.exec(&command("true"), &watch).unwrap_err().code(), Code::Interrupted);
}

/// A server on which `sudo` is this script.
fn with_sudo(script: &str) -> (Sshd, tempfile::TempDir, std::sync::Arc<dyn Remote>) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sudo");
    if !script.is_empty() {
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let server = Sshd::with(&[&format!("SetEnv PATH={}", folder.path().display())]);
    let remote = connect(&server);
    (server, folder, remote)
}

#[test]
fn a_sudo_that_asks_or_is_missing_is_reported() {
    let become_nobody = Command { sudo: Some("nobody".into()), ..command("true") };
    // As on a machine of somebody who speaks German.
    let german = "case $LANGUAGE in C) echo 'sudo: a password is required';; \
                  *) echo 'sudo: Ein Passwort ist notwendig';; esac >&2; exit 1";
    let (_server, _folder, remote) = with_sudo(german);
    let error = remote.exec(&become_nobody, &watch()).unwrap_err();
    assert!(error.message().contains("asks for a password"), "{error}");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("NOPASSWD")));

    let (_server, _folder, remote) = with_sudo("");
    let error = remote.exec(&become_nobody, &watch()).unwrap_err();
    assert!(error.message().contains("not installed"), "{error}");
}

/// Whether sudo works here; prints the reason if not.
fn can_sudo() -> bool {
    let able = std::process::Command::new("sudo").args(["-n", "-u", "nobody", "true"]).output();
    let able = able.is_ok_and(|output| output.status.success());
    if !able {
        println!("skipped: sudo is not installed, or {} may not use it", user());
    }
    able
}

#[test]
fn sudo_runs_as_the_other_user_with_environment_and_folder() {
    if !can_sudo() {
        return;
    }
    let server = Sshd::start();
    let remote = connect(&server);
    for secret in [false, true] {
        let line = "id -un; echo \"$GREETING${LANGUAGE-}\"; pwd; cat";
        let command = Command {
            sudo: Some("nobody".into()),
            cwd: Some("/usr".into()),
            env: [("GREETING".to_string(), "it's \"me\"".to_string())].into(),
            stdin: Some(b"input".to_vec()),
            secret,
            ..command(line)
        };
        let output = remote.exec(&command, &watch()).unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text, "nobody\nit's \"me\"\n/usr\ninput");
    }
}

#[test]
fn a_time_limit_ends_a_command_of_another_user() {
    if !can_sudo() {
        return;
    }
    let server = Sshd::start();
    let mark = mark();
    let slow = Command {
        sudo: Some("nobody".into()),
        timeout: Some(Duration::from_secs(1)),
        ..command(&slow(&mark))
    };
    let error = connect(&server).exec(&slow, &watch()).unwrap_err();
    assert!(error.to_string().contains("started"), "{error}");
    assert_gone(&mark);
}

/// On a loaded machine sudo may take longer than anybody waits for it.
#[test]
fn a_command_that_may_still_run_is_named_and_is_ended_without_its_session() {
    let script = "PATH=/usr/bin:/bin; while [ -e \"${0%/*}/slow\" ]; do sleep 0.1; done; \
                  while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"";
    let (_server, folder, remote) = with_sudo(script);
    let slow_sudo = folder.path().join("slow");
    let (watch, listener) = listening();
    let (cancel, path) = (watch.cancel.clone(), slow_sudo.clone());
    *listener.on_line.lock().unwrap() = Some(Box::new(move |_| {
        std::fs::write(&path, "").unwrap();
        cancel.cancel();
    }));
    let mark = mark();
    let slow = Command { sudo: Some("nobody".into()), live: true, ..command(&slow(&mark)) };
    assert_eq!(remote.exec(&slow, &watch).unwrap_err().code(), Code::Interrupted);
    assert!(is_running(&mark));
    let log = listener.log.lock().unwrap();
    let is_told = |text: &str| text.contains("sleep 1000") && text.contains("may still run there");
    assert!(log.iter().any(|(_, text)| is_told(text)), "{log:?}");
    std::fs::remove_file(slow_sudo).unwrap();
    assert_gone(&mark);
}

#[test]
fn a_command_that_does_not_end_when_it_is_told_to_is_named() {
    let server = Sshd::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    let line = format!("trap '' TERM; while [ -e {:?} ]; do sleep 0.1; done", file.path());
    let stubborn = Command { timeout: Some(Duration::from_secs(1)), ..command(&line) };
    let (watch, listener) = listening();
    let error = connect(&server).exec(&stubborn, &watch).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    let log = listener.log.lock().unwrap();
    assert!(log.iter().any(|(_, text)| text.contains("still runs there")), "{log:?}");
}

#[test]
fn sudo_to_oneself_needs_no_sudo() {
    let (_server, _folder, remote) = with_sudo("exit 99");
    let own = Command { sudo: Some(user()), ..command("exit 3") };
    assert_eq!(remote.exec(&own, &watch()).unwrap().status, 3);
}
