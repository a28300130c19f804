//! Commands and files beside OpenSSH's client, on one sshd on this machine.

use std::io::Write;
use std::path::Path;
use std::process::Command as Process;

use imgctl::ssh::{Command, PutOptions};

use super::results::Results;
use super::sshd::Sshd;
use super::world::{command, connect, watch};

const COMMANDS: usize = 50;
const BIG: usize = 256 << 20;
const FILES: usize = 2000;

/// OpenSSH's client without the user's own settings.
pub fn ssh(server: &Sshd, options: &str, line: &str) -> String {
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

/// Bytes that nothing on the way can make fewer.
fn random(path: &Path, size: usize) {
    let mut file = std::fs::File::create(path).unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    let mut piece = vec![0; 1 << 20];
    for _ in 0..size >> 20 {
        random.fill(&mut piece);
        file.write_all(&piece).unwrap();
    }
}

pub fn commands(results: &mut Results) {
    let server = Sshd::start();
    let remote = connect(&server);
    let socket = server.folder().join("master").display().to_string();
    shell(&ssh(&server, &format!("-M -S {socket} -f -N"), ""));
    let one = ssh(&server, &format!("-S {socket}"), "true");
    results.compare(
        &format!("{COMMANDS} commands on a kept connection"),
        "OpenSSH, ControlMaster",
        || {
            for _ in 0..COMMANDS {
                remote.exec(&command("true"), &watch()).unwrap();
            }
        },
        || shell(&format!("for i in $(seq {COMMANDS}); do {one}; done")),
    );
    let end = ssh(&server, &format!("-S {socket} -O exit"), "");
    shell(&end.replace("LogLevel=ERROR", "LogLevel=QUIET"));
}

pub fn files(results: &mut Results) {
    let server = Sshd::start();
    let remote = connect(&server);
    let folder = server.folder();
    let (from, to) = (folder.join("big"), folder.join("arrived").display().to_string());
    random(&from, BIG);
    let mib = BIG >> 20;
    // imgctl writes a file to the disk before it takes its place: so must the other.
    let upload =
        format!("{} < {}", ssh(&server, "", &format!("cat > {to} && sync {to}")), from.display());
    results.compare(
        &format!("upload of {mib} MiB"),
        "ssh cat",
        || remote.put(&from, &to, &PutOptions::default(), &watch()).unwrap(),
        || shell(&upload),
    );
    let here = folder.join("back");
    let download = format!("{} > {}", ssh(&server, "", &format!("cat {to}")), here.display());
    results.compare(
        &format!("download of {mib} MiB"),
        "ssh cat",
        || remote.get(&to, &here, false, &watch()).unwrap(),
        || shell(&format!("{download} && sync {}", here.display())),
    );
    let line = format!("cat {to}");
    let read = Command { keep: Some(1 << 10), ..command(&line) };
    results.compare(
        &format!("{mib} MiB of output"),
        "ssh",
        || drop(remote.exec(&read, &watch()).unwrap()),
        || shell(&format!("{} > /dev/null", ssh(&server, "", &line))),
    );
}

pub fn trees(results: &mut Results) {
    let server = Sshd::start();
    let remote = connect(&server);
    let folder = server.folder();
    let from = folder.join("tree");
    for number in 0..FILES {
        let inner = from.join(format!("folder-{}", number % 20));
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join(number.to_string()), [7u8; 4096]).unwrap();
    }
    let fresh = || tempfile::tempdir_in(folder).unwrap().keep().join("to").display().to_string();
    results.compare(
        &format!("upload of {FILES} files"),
        "tar over ssh",
        || remote.put(&from, &fresh(), &PutOptions::default(), &watch()).unwrap(),
        || {
            let to = fresh();
            let unpack = ssh(&server, "", &format!("mkdir {to} && tar -xf - -C {to} && sync"));
            shell(&format!("tar -C {} -cf - . | {unpack}", from.display()));
        },
    );
    let there = fresh();
    remote.put(&from, &there, &PutOptions::default(), &watch()).unwrap();
    if Process::new("rsync").arg("--version").output().is_err() {
        println!("left out: an unchanged tree (there is no rsync)");
        return;
    }
    // rsync by contents, as imgctl compares.
    let login = ssh(&server, "", "").replace(" 127.0.0.1 ''", "");
    let rsync = format!("rsync -ac -e '{login}' {}/ 127.0.0.1:{there}", from.display());
    results.compare(
        &format!("an unchanged tree of {FILES} files"),
        "rsync --checksum",
        || drop(remote.compare(&from, &there, &PutOptions::default(), false, &watch()).unwrap()),
        || shell(&rsync),
    );
}
