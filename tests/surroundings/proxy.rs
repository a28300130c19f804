//! What a `ProxyCommand` started ends with the connection.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::home::Home;
use crate::sshd::Sshd;

/// Its first process is left behind unless somebody ends it; bash passes on the bytes.
const PROXY: &str = "bash -c 'BEFORE sleep 1000 & echo $! > ~/child; \
                     exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3; kill $!'";

/// Nothing; a trap that is ignored.
const BEFORE: [&str; 2] = ["", "trap \"\" TERM;"];

fn home(server: &Sshd, before: &str) -> Home {
    let command = PROXY.replace("BEFORE", before);
    Home::of(server, &format!("Host box\n ProxyCommand {command}\n"))
}

/// Whether the process runs; one that has ended and that nobody has asked for does not.
fn runs(home: &Home) -> bool {
    let pid = std::fs::read_to_string(home.path().join("child")).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    !matches!(state, None | Some(Some('Z' | 'X')))
}

#[test]
fn nothing_is_left_of_a_proxy_command_at_the_end() {
    let server = Sshd::start();
    for before in BEFORE {
        let home = home(&server, before);
        assert_eq!(home.connect("box").succeeds().stdout, "in\n");
        assert!(!runs(&home), "{before}");
    }
}

/// So does the connection that OpenSSH's ControlPersist keeps for others.
#[test]
fn what_has_a_session_of_its_own_outlives_the_proxy_command() {
    let server = Sshd::start();
    let home = home(&server, "setsid");
    assert_eq!(home.connect("box").succeeds().stdout, "in\n");
    let lives = runs(&home);
    let pid = std::fs::read_to_string(home.path().join("child")).unwrap();
    let _ = kill_process(Pid::from_raw(pid.trim().parse().unwrap()).unwrap(), Signal::KILL);
    assert!(lives);
}

#[test]
fn nothing_is_left_of_a_proxy_command_after_an_interruption() {
    let server = Sshd::start();
    for signal in [Signal::INT, Signal::TERM] {
        let home = home(&server, "");
        let code =
            "let h = ssh::connect(\"box\"); print(h.query(\"echo 1\")); h.query(\"sleep 1000\")";
        let mut process = home
            .command(&["run", "-e", code])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(runs(&home));
        let pid = Pid::from_raw(process.id().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
        let mut stderr = String::new();
        process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(130), "{stderr}");
        assert!(!runs(&home), "{signal:?}");
    }
}

/// The second Ctrl-C ends imgctl while its threads still wait.
#[test]
fn nothing_is_left_of_a_proxy_command_after_a_second_interruption() {
    let server = Sshd::start();
    let home = home(&server, "");
    // It heeds no signal, so that the first interruption waits for it.
    let code = "let h = ssh::connect(\"box\"); h.query(\"true\");
        local::run([\"sh\", \"-c\", \"trap '' INT TERM; echo $$ > ~/deaf; while :; do sleep 1; done\"])";
    let mut process = home.command(&["run", "-e", code]).stderr(Stdio::piped()).spawn().unwrap();
    let deaf = home.path().join("deaf");
    while !std::fs::read_to_string(&deaf).is_ok_and(|text| text.ends_with('\n')) {
        assert!(process.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    let pid = Pid::from_raw(process.id().cast_signed()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("interrupted: cleaning up")));
    // One that follows at once is the same interruption.
    while process.try_wait().unwrap().is_none() {
        kill_process(pid, Signal::INT).unwrap();
        std::thread::yield_now();
    }
    assert_eq!(process.wait().unwrap().code(), Some(130));
    let lives = runs(&home);
    // The script's program heeds no signal but this.
    let pid = std::fs::read_to_string(deaf).unwrap();
    let _ = kill_process(Pid::from_raw(pid.trim().parse().unwrap()).unwrap(), Signal::KILL);
    assert!(!lives);
}

const BY_SCRIPT: &str = "Host box\n ConnectTimeout 1\n ProxyCommand sh ~/.ssh/proxy\n";

#[test]
fn a_proxy_command_that_says_nothing_is_told_and_ended_in_time() {
    let server = Sshd::start();
    for script in [
        "exec sleep 1000",
        // It reads what it is sent, and speaks to nobody.
        "exec cat >/dev/null",
        "trap '' TERM; exec sleep 1000",
    ] {
        let home = Home::of(&server, BY_SCRIPT);
        home.write("proxy", &format!("echo $$ > ~/child\n{script}\n"));
        home.connect("box")
            .fails(1)
            .says("the proxy command to 127.0.0.1")
            .says("says nothing")
            .hints("ConnectTimeout");
        assert!(!runs(&home), "{script}");
    }
}

#[test]
fn what_a_proxy_command_prints_shows_no_credential() {
    let server = Sshd::start();
    let home = Home::of(&server, BY_SCRIPT);
    home.write(
        "proxy",
        "echo 'refused: {\"SecretAccessKey\": \"s3cr3t/of+nobody\"}' >&2\nexit 1\n",
    );
    home.connect("box").fails(3).says("refused").never_says("s3cr3t");
}
