//! Logins: keys of every kind, their passphrases, and the agent.

use std::path::Path;
use std::process::{Command as Program, Stdio};
use std::sync::Arc;

use imgctl::Code;
use imgctl::ssh::{Connect, Identity, Pool, Target, UserEnvironment, keys};

use super::sshd::Sshd;
use super::world::{Memory, pool, remote, target, watch};

#[test]
fn a_refused_login_says_what_was_tried_and_what_is_accepted() {
    let server = Sshd::start();
    let stranger = keys::generate("stranger").unwrap();
    let error =
        remote(Target { identities: vec![Identity::Memory(stranger.private)], ..target(&server) })
            .probe(&watch())
            .unwrap_err();
    assert_eq!(error.code(), Code::Authentication);
    let text = error.to_string();
    assert!(text.contains("key in memory (ssh-ed25519)"), "{text}");
    assert!(text.contains("the server accepts publickey"), "{text}");
}

pub fn generate_key(path: &Path, options: &[&str]) {
    let status = Program::new("ssh-keygen")
        .args(["-q", "-f"])
        .arg(path)
        .args(options)
        .args(if options.contains(&"-N") { &[][..] } else { &["-N", ""] })
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn every_common_type_of_key_logs_in() {
    let server = Sshd::start();
    let folder = tempfile::tempdir().unwrap();
    let kinds: [&[&str]; 5] = [
        &["-t", "ed25519"],
        &["-t", "ecdsa", "-b", "256"],
        &["-t", "ecdsa", "-b", "521"],
        &["-t", "rsa", "-b", "2048"],
        &["-t", "rsa", "-b", "2048", "-m", "PEM"],
    ];
    for (n, kind) in kinds.into_iter().enumerate() {
        let path = folder.path().join(n.to_string());
        generate_key(&path, kind);
        server.authorize(&keys::public_of_file(&path).unwrap());
        let memory = Identity::Memory(std::fs::read_to_string(&path).unwrap());
        for identity in [Identity::File(path), memory] {
            let remote = remote(Target { identities: vec![identity], ..target(&server) });
            remote.probe(&watch()).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        }
    }
}

#[test]
fn a_passphrase_is_asked_for_once() {
    let server = Sshd::start();
    let folder = tempfile::tempdir().unwrap();
    for (name, kind) in [("new", &["-t", "ed25519"][..]), ("old", &["-t", "rsa", "-m", "PEM"])] {
        let path = folder.path().join(name);
        generate_key(&path, &[kind, &["-N", "open sesame"]].concat());
        server.authorize(&keys::public_of_file(&path).unwrap());
        let target = Target { identities: vec![Identity::File(path.clone())], ..target(&server) };
        let trust =
            Arc::new(Memory { passphrase: Some("open sesame".into()), ..Memory::default() });
        let pool = pool(trust.clone());
        let remote = pool.remote(target.clone()).unwrap();
        remote.probe(&watch()).unwrap();
        remote.disconnect();
        remote.probe(&watch()).unwrap();
        assert_eq!(*trust.asked.lock().unwrap(), [path.display().to_string()]);

        let nobody = super::world::remote(target);
        let error = nobody.probe(&watch()).unwrap_err();
        assert_eq!(error.code(), Code::Authentication);
        assert!(error.to_string().contains("no passphrase"), "{error}");
    }
}

/// An agent of its own, stopped when dropped.
struct Agent(std::process::Child, std::path::PathBuf);

impl Agent {
    fn start(folder: &Path) -> Self {
        let socket = folder.join("agent");
        let mut child = Program::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It prints its settings once it listens.
        let mut line = String::new();
        let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        Agent(child, socket)
    }

    fn add(&self, key: &Path) {
        let add = Program::new("ssh-add").arg(key).env("SSH_AUTH_SOCK", &self.1).output().unwrap();
        assert!(add.status.success(), "{}", String::from_utf8_lossy(&add.stderr));
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn the_agent_is_used_for_personal_targets_only() {
    let server = Sshd::start();
    let folder = tempfile::tempdir().unwrap();
    let agent = Agent::start(folder.path());
    agent.add(&server.client_key_path());
    let environment =
        UserEnvironment { agent: Some(agent.1.clone()), ..UserEnvironment::default() };
    let pool = Pool::with(environment, Arc::new(Memory::default()));
    let personal = Target { identities: Vec::new(), personal: true, ..target(&server) };
    pool.remote(personal.clone()).unwrap().probe(&watch()).unwrap();
    let made = Target { personal: false, ..personal };
    let error = pool.remote(made).unwrap().probe(&watch()).unwrap_err();
    assert_eq!(error.code(), Code::Authentication);
}
