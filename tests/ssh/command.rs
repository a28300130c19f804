//! Commands: their status, environment, input and output.

use std::collections::BTreeMap;

use imgctl::report::Stream;
use imgctl::ssh::Command;

use super::sshd::{Sshd, user};
use super::world::{command, connect, listening, run, stdout_of, watch};

#[test]
fn a_command_returns_its_output_and_status() {
    let server = Sshd::start();
    let remote = connect(&server);
    let output = run(&*remote, "echo out; echo err >&2; exit 3");
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.stderr, b"err\n");
    assert_eq!((output.status, output.signal), (3, None));
    assert!(!output.truncated);
    assert_eq!(run(&*remote, "no-such-program").status, 127);
}

#[test]
fn a_status_that_comes_after_the_output_has_ended_is_not_lost() {
    let server = Sshd::start();
    assert_eq!(run(&*connect(&server), "exec >&- 2>&-; sleep 0.3; exit 7").status, 7);
}

#[test]
fn a_signal_is_named() {
    let server = Sshd::start();
    let output = run(&*connect(&server), "kill -KILL $$");
    assert_eq!((output.status, output.signal.as_deref()), (137, Some("KILL")));
}

#[test]
fn environment_folder_and_words_arrive_unchanged() {
    let server = Sshd::start();
    let remote = connect(&server);
    let nasty = "a'b\"c $HOME `id` \\ * ;&|<> ü\nsecond line\t!";
    let folder = server.folder().join("with space 'and quote");
    std::fs::create_dir(&folder).unwrap();
    let output = remote
        .exec(
            &Command {
                env: BTreeMap::from([("NASTY".to_string(), nasty.to_string())]),
                cwd: Some(folder.display().to_string()),
                ..command("printf '%s\\0%s\\0' \"$NASTY\" \"$PWD\"; sh -c 'printf %s \"$NASTY\"'")
            },
            &watch(),
        )
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = text.split('\0').collect();
    assert_eq!(words, [nasty, folder.to_str().unwrap(), nasty]);
}

#[test]
fn a_missing_folder_fails_and_the_command_does_not_run() {
    let server = Sshd::start();
    let gone = Command { cwd: Some("/no/such/folder".into()), ..command("echo ran") };
    let output = connect(&server).exec(&gone, &watch()).unwrap();
    assert_ne!(output.status, 0);
    assert_eq!(output.stdout, b"");
}

#[test]
fn standard_input_arrives_whole_and_ends() {
    let server = Sshd::start();
    let remote = connect(&server);
    let bytes: Vec<u8> = (0..5_000_000u32).map(|n| (n % 251) as u8).collect();
    let echo = Command { stdin: Some(bytes.clone()), ..command("cat") };
    assert!(remote.exec(&echo, &watch()).unwrap().stdout == bytes);
    // Without input, a command that reads gets the end at once.
    assert_eq!(run(&*remote, "cat").status, 0);
    // A command that does not read its input ends without it.
    let deaf = Command { stdin: Some(bytes), ..command("echo done") };
    assert_eq!(remote.exec(&deaf, &watch()).unwrap().stdout, b"done\n");
    assert_eq!(stdout_of(&*remote, "echo still there"), "still there");
}

#[test]
fn only_the_beginning_of_a_hundred_megabytes_is_kept() {
    let server = Sshd::start();
    let (watch, listener) = listening();
    let output = connect(&server)
        .exec(
            &Command {
                keep: Some(1000),
                live: true,
                ..command("yes 0123456789012345678901234567890123456789 | head -c 104857600; echo; echo last")
            },
            &watch,
        )
        .unwrap();
    assert_eq!(output.status, 0);
    assert_eq!(output.stdout.len(), 1000);
    assert!(output.truncated);
    let lines = listener.lines.lock().unwrap();
    assert_eq!(lines.len(), 104_857_600 / 41 + 2);
    assert_eq!(lines.last().unwrap(), &(Stream::Stdout, "last".to_string()));
}

#[test]
fn live_output_keeps_the_streams_apart_and_shows_an_unfinished_line() {
    let server = Sshd::start();
    let (watch, listener) = listening();
    let live = Command { live: true, ..command("echo one; echo two >&2; printf three") };
    connect(&server).exec(&live, &watch).unwrap();
    let lines = listener.lines.lock().unwrap();
    let of = |stream| {
        lines
            .iter()
            .filter(|(from, _)| *from == stream)
            .map(|(_, l)| l.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Stream::Stdout), ["one", "three"]);
    assert_eq!(of(Stream::Stderr), ["two"]);
}

#[test]
fn a_pty_is_a_terminal_whose_input_ends() {
    if user() != "root" {
        println!("skipped: an sshd that root does not run cannot make terminals");
        return;
    }
    let server = Sshd::start();
    let remote = connect(&server);
    assert_eq!(run(&*remote, "test -t 0").status, 1);
    let pty = Command { pty: true, ..command("test -t 0 && test -t 1 && cat && echo ended") };
    let output = remote.exec(&pty, &watch()).unwrap();
    assert_eq!(output.status, 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("ended"));
}

#[test]
fn a_secret_command_is_not_in_the_list_of_processes() {
    let server = Sshd::start();
    let secret = Command {
        secret: true,
        stdin: Some(b"input".to_vec()),
        env: BTreeMap::from([("TOKEN".to_string(), "hunter2".to_string())]),
        ..command("echo \"$TOKEN\"; cat; echo; grep -c hunter2 /proc/$$/cmdline")
    };
    let output = connect(&server).exec(&secret, &watch()).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hunter2\ninput\n0\n");
}

#[test]
fn commands_on_one_host_run_side_by_side() {
    let server = Sshd::start();
    let remote = connect(&server);
    let fifo = server.folder().join("fifo");
    // Each of the two waits for the other: in sequence they would never end.
    stdout_of(&*remote, &format!("mkfifo {}", fifo.display()));
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| stdout_of(&*remote, &format!("cat {}", fifo.display())));
        stdout_of(&*remote, &format!("echo met > {}", fifo.display()));
        assert_eq!(reader.join().unwrap(), "met");
    });
}

#[test]
fn more_calls_than_sessions_wait_their_turn() {
    let server = Sshd::start();
    let remote = connect(&server);
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..30)
            .map(|n| {
                scope.spawn({
                    let remote = &remote;
                    move || stdout_of(&**remote, &format!("echo {n}"))
                })
            })
            .collect();
        for (n, call) in calls.into_iter().enumerate() {
            assert_eq!(call.join().unwrap(), n.to_string());
        }
    });
}
