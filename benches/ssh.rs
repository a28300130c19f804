//! Compares imgctl's SSH with OpenSSH's client, on one sshd on this machine:
//! `cargo bench --profile dev --bench ssh`. The profile is that of `make build`.
//!
//! Each row is the same work done by both in turn. Compare the ratio of the medians: the speed of
//! the machine drifts. No time is asserted.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "../tests/support/sshd.rs"]
mod sshd;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/ssh/world.rs"]
mod world;

use std::path::Path;
use std::process::Command as Process;
use std::time::Instant;

use imgctl::ssh::{Command, PutOptions, Remote};
use sshd::Sshd;
use world::{command, connect, watch};

const ROUNDS: usize = 5;
const COMMANDS: usize = 50;
const BIG: usize = 512 << 20;

/// Runs both in turn and prints the ratio of the medians.
fn compare(what: &str, peer: &str, mut ours: impl FnMut(), mut theirs: impl FnMut()) {
    let seconds = |work: &mut dyn FnMut()| {
        let started = Instant::now();
        work();
        started.elapsed().as_secs_f64()
    };
    seconds(&mut ours);
    seconds(&mut theirs);
    let pairs: Vec<(f64, f64)> =
        (0..ROUNDS).map(|_| (seconds(&mut ours), seconds(&mut theirs))).collect();
    let median = |pick: fn(&(f64, f64)) -> f64| {
        let mut all: Vec<f64> = pairs.iter().map(pick).collect();
        all.sort_by(f64::total_cmp);
        all[ROUNDS / 2]
    };
    let (ours, theirs) = (median(|pair| pair.0), median(|pair| pair.1));
    println!("{what:<28} {ours:>8.3} s   {peer} {theirs:.3} s   ratio {:.2}", ours / theirs);
}

/// OpenSSH's client without the user's own settings.
fn ssh(server: &Sshd, options: &str, line: &str) -> String {
    format!(
        "ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
         -o LogLevel=ERROR -i {} -p {} {options} 127.0.0.1 '{line}'",
        server.client_key_path().display(),
        server.port()
    )
}

fn shell(line: &str) {
    assert!(Process::new("sh").arg("-c").arg(line).status().unwrap().success(), "{line}");
}

fn commands(server: &Sshd, remote: &dyn Remote, folder: &Path) {
    let socket = folder.join("master").display().to_string();
    shell(&ssh(server, &format!("-M -S {socket} -f -N"), ""));
    let one = ssh(server, &format!("-S {socket}"), "true");
    compare(
        &format!("{COMMANDS} commands, kept"),
        "ControlMaster",
        || {
            for _ in 0..COMMANDS {
                remote.exec(&command("true"), &watch()).unwrap();
            }
        },
        || shell(&format!("for i in $(seq {COMMANDS}); do {one}; done")),
    );
    shell(
        &ssh(server, &format!("-S {socket} -O exit"), "")
            .replace("LogLevel=ERROR", "LogLevel=QUIET"),
    );
}

fn big_files(server: &Sshd, remote: &dyn Remote, folder: &Path) {
    let (from, to) = (folder.join("big"), folder.join("arrived").display().to_string());
    std::fs::write(&from, vec![7u8; BIG]).unwrap();
    let theirs = format!("{} < {}", ssh(server, "", &format!("cat > {to}")), from.display());
    compare(
        "upload 512 MiB",
        "ssh cat",
        || remote.put(&from, &to, &PutOptions::default(), &watch()).unwrap(),
        || shell(&theirs),
    );
    let line = format!("cat {to}");
    let read = Command { keep: Some(1 << 10), ..command(&line) };
    compare(
        "read 512 MiB of output",
        "ssh",
        || drop(remote.exec(&read, &watch()).unwrap()),
        || shell(&format!("{} > /dev/null", ssh(server, "", &line))),
    );
}

fn tree(server: &Sshd, remote: &dyn Remote, folder: &Path) {
    let from = folder.join("tree");
    for number in 0..2000 {
        let inner = from.join(format!("folder-{}", number % 20));
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join(number.to_string()), [7u8; 4096]).unwrap();
    }
    let fresh = || tempfile::tempdir_in(folder).unwrap().keep().join("to").display().to_string();
    compare(
        "upload 2,000 files",
        "tar over ssh",
        || remote.put(&from, &fresh(), &PutOptions::default(), &watch()).unwrap(),
        || {
            let to = fresh();
            let unpack = ssh(server, "", &format!("mkdir {to} && tar -xf - -C {to}"));
            shell(&format!("tar -C {} -cf - . | {unpack}", from.display()));
        },
    );
}

fn main() {
    let server = Sshd::start();
    let remote = connect(&server);
    let folder = tempfile::tempdir().unwrap();
    commands(&server, &*remote, folder.path());
    big_files(&server, &*remote, folder.path());
    tree(&server, &*remote, folder.path());
}
