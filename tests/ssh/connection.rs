//! Connections: host keys, logins, reconnects, jump hosts and proxy commands.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command as Program, Stdio};
use std::sync::Arc;
use std::time::Duration;

use imgctl::Code;
use imgctl::report::Level;
use imgctl::ssh::{Connect, Identity, Pool, Target, UserEnvironment, keys};

use super::sshd::{Sshd, user};
use super::world::{Memory, connect, listening, pool, remote, stdout_of, target, watch};

#[test]
fn the_next_command_after_a_restart_connects_again() {
    let mut server = Sshd::start();
    let remote = connect(&server);
    let first = stdout_of(&*remote, "echo $PPID");
    assert_eq!(stdout_of(&*remote, "echo $PPID"), first, "the session is kept");
    server.restart();
    assert_ne!(stdout_of(&*remote, "echo $PPID"), first);
    remote.disconnect();
    assert_eq!(stdout_of(&*remote, "echo on"), "on");
}

#[test]
fn a_command_that_loses_its_connection_is_not_run_again() {
    let server = Sshd::start();
    let remote = connect(&server);
    let marks = server.folder().join("marks");
    let line = format!("echo x >> {}; kill -KILL $PPID; sleep 10", marks.display());
    let error = remote.exec(&super::world::command(&line), &watch()).unwrap_err();
    assert_eq!(error.code(), Code::Connection);
    assert!(error.to_string().contains("connection was lost"), "{error}");
    assert_eq!(stdout_of(&*remote, &format!("cat {}", marks.display())), "x");
}

/// One of these is a defect, not a lost connection that would be tried again.
#[test]
fn a_panic_on_the_sessions_thread_is_an_internal_error_at_once() {
    struct Shows(std::sync::Once);
    impl imgctl::report::Report for Shows {
        fn log(&self, _: Level, _: &str) {}
        fn output(&self, _: &str, _: imgctl::report::Stream, line: &str) {
            let mut is_first = false;
            self.0.call_once(|| is_first = true);
            assert!(!is_first, "a line is shown: {line}");
        }
        fn activity(&self, what: &str) -> Box<dyn imgctl::report::Activity> {
            imgctl::report::Silent.activity(what)
        }
        fn secret(&self, _: &str) {}
        fn redacted(&self, text: &str) -> String {
            text.to_owned()
        }
    }
    let server = Sshd::start();
    let command = imgctl::ssh::Command { live: true, ..super::world::command("echo x") };
    let watch_of =
        imgctl::report::Watch { report: Arc::new(Shows(std::sync::Once::new())), ..watch() };
    let error = connect(&server).exec(&command, &watch_of).unwrap_err();
    assert_eq!(error.code(), Code::Failed);
    assert!(error.message().starts_with("internal error"), "{error}");
    assert!(error.causes()[0].contains("a line is shown"), "{:?}", error.causes());

    struct Panics;
    impl imgctl::ssh::Trust for Panics {
        fn pinned(&self, _: &str) -> Option<String> {
            panic!("a key is looked up")
        }
        fn pin(&self, _: &str, _: &str) -> imgctl::Result<()> {
            Ok(())
        }
        fn passphrase(&self, _: &str) -> Option<String> {
            None
        }
    }
    let unknown = Target { host_keys: Vec::new(), ..target(&server) };
    let pool = Pool::with(UserEnvironment::default(), Arc::new(Panics));
    let error = pool.remote(unknown).unwrap().probe(&super::world::watch()).unwrap_err();
    assert_eq!(
        (error.code(), error.causes()),
        (Code::Failed, &["a key is looked up".to_owned()][..])
    );
}

#[test]
fn targets_that_are_the_same_share_sessions() {
    let server = Sshd::start();
    let pool = pool(Arc::default());
    let one = pool.remote(target(&server)).unwrap();
    let two = pool.remote(Target { label: "other".into(), ..target(&server) }).unwrap();
    assert_eq!(stdout_of(&*one, "echo $PPID"), stdout_of(&*two, "echo $PPID"));
    assert_eq!((one.label(), two.label()), ("box", "other"));
    assert_eq!(one.address(), format!("127.0.0.1:{}", server.port()));
}

#[test]
fn an_unknown_host_key_is_reported_and_pinned_and_a_changed_one_is_refused() {
    let mut server = Sshd::start();
    let trust = Arc::new(Memory::default());
    let unknown = Target { host_keys: Vec::new(), ..target(&server) };
    let remote = pool(trust.clone()).remote(unknown.clone()).unwrap();
    let (watch, listener) = listening();
    remote.probe(&watch).unwrap();
    let old = keys::fingerprint(server.host_key_line()).unwrap();
    let log = listener.log.lock().unwrap().clone();
    assert!(
        log.iter().any(|(level, text)| *level >= Level::Info && text.contains(&old)),
        "{log:?}"
    );
    assert_eq!(trust.pins.lock().unwrap()[&remote.address()], server.host_key_line());

    server.new_host_key();
    server.restart();
    let new = keys::fingerprint(server.host_key_line()).unwrap();
    for remote in [remote, pool(trust.clone()).remote(unknown).unwrap()] {
        let error = remote.probe(&watch).unwrap_err();
        assert_eq!(error.code(), Code::HostKeyChanged);
        let text = error.to_string();
        assert!(text.contains(&old) && text.contains(&new), "{text}");
        assert!(error.hint_text().unwrap().contains(&remote.address()));
    }
    assert_ne!(trust.pins.lock().unwrap().values().next().unwrap(), server.host_key_line());
}

#[test]
fn only_the_given_host_keys_are_accepted() {
    let server = Sshd::start();
    let wrong = keys::generate("other").unwrap().public;
    let trust = Arc::new(Memory::default());
    let asked = Target { host_keys: vec![wrong], ..target(&server) };
    let error = pool(trust.clone()).remote(asked).unwrap().probe(&watch()).unwrap_err();
    assert_eq!(error.code(), Code::HostKeyChanged);
    assert!(trust.pins.lock().unwrap().is_empty());
}

#[test]
fn the_known_type_of_host_key_is_requested() {
    let folder = tempfile::tempdir().unwrap();
    let rsa = folder.path().join("rsa");
    generate_key(&rsa, &["-t", "rsa", "-b", "2048"]);
    let server = Sshd::with(&[&format!("HostKey {}", rsa.display())]);
    let line = keys::public_of_file(&rsa).unwrap();
    // The server also has an ed25519 key, which it would prefer.
    remote(Target { host_keys: vec![line], ..target(&server) }).probe(&watch()).unwrap();
}

#[test]
fn a_probe_says_why_it_failed() {
    let mut server = Sshd::start();
    let refused = connect(&server);
    server.stop();
    let error = refused.probe(&watch()).unwrap_err();
    assert_eq!(error.code(), Code::Connection);
    assert!(error.to_string().contains("connection refused"), "{error}");

    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = remote(Target {
        port: Some(mute.local_addr().unwrap().port()),
        connect_timeout: Some(Duration::from_millis(300)),
        ..target(&server)
    });
    let error = silent.probe(&watch()).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(error.to_string().contains("no SSH banner yet"), "{error}");

    let nowhere = remote(Target { host: "no-such-host.invalid".into(), ..target(&server) });
    let error = nowhere.probe(&watch()).unwrap_err();
    assert!(error.to_string().contains("cannot find the address"), "{error}");
}

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

fn generate_key(path: &Path, options: &[&str]) {
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

/// A home with this `~/.ssh/config`.
fn home(config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    std::fs::write(home.path().join(".ssh/config"), config).unwrap();
    home
}

fn personal(home: &Path, host: &str) -> (Pool, Arc<Memory>, Target) {
    let environment = UserEnvironment { home: Some(home.into()), ..UserEnvironment::default() };
    let trust = Arc::new(Memory::default());
    let target = Target { host: host.into(), personal: true, ..Target::default() };
    (Pool::with(environment, trust.clone()), trust, target)
}

#[test]
fn an_alias_of_the_users_configuration_and_known_hosts() {
    let mut server = Sshd::start();
    let home = home(&format!(
        "Host mine\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {}\n",
        server.port(),
        user(),
        server.client_key_path().display(),
    ));
    let known = format!("[127.0.0.1]:{} {}\n", server.port(), server.host_key_line());
    std::fs::write(home.path().join(".ssh/known_hosts"), known).unwrap();
    let (pool, trust, target) = personal(home.path(), "mine");
    let remote = pool.remote(target).unwrap();
    assert_eq!(stdout_of(&*remote, "id -un"), user());
    assert!(trust.pins.lock().unwrap().is_empty(), "a known host is not pinned");

    server.new_host_key();
    server.restart();
    let error = remote.probe(&watch()).unwrap_err();
    assert_eq!(error.code(), Code::HostKeyChanged);
    let hint = error.hint_text().unwrap();
    assert!(hint.contains("ssh-keygen -R") && hint.contains("man-in-the-middle"), "{hint}");
}

#[test]
fn a_jump_host_verifies_both_and_carries_bulk() {
    let mut outer = Sshd::start();
    let inner = Sshd::start();
    inner.authorize(&keys::public_of_file(&outer.client_key_path()).unwrap());
    let trust = Arc::new(Memory::default());
    let through = Target {
        jump: vec![format!("{}@127.0.0.1:{}", user(), outer.port())],
        identities: vec![Identity::File(outer.client_key_path())],
        ..target(&inner)
    };
    let pool = pool(trust.clone());
    let remote = pool.remote(through.clone()).unwrap();
    // The connection the command sees comes from the jump host, to the inner server.
    let seen = stdout_of(&*remote, "echo $SSH_CONNECTION");
    assert!(seen.ends_with(&format!(" {}", inner.port())), "{seen}");
    let pins: Vec<_> = trust.pins.lock().unwrap().values().cloned().collect();
    assert_eq!(pins, [outer.host_key_line()], "the inner key was given, the outer one pinned");

    let bytes: Vec<u8> = (0..20_000_000u32).map(|n| (n % 249) as u8).collect();
    let place = inner.folder().join("bulk").display().to_string();
    remote.write(&bytes, &place, &Default::default(), &watch()).unwrap();
    assert!(remote.read(&place, false, usize::MAX, &watch()).unwrap() == bytes);

    outer.new_host_key();
    outer.restart();
    remote.disconnect();
    let error = remote.probe(&watch()).unwrap_err();
    assert_eq!(error.code(), Code::HostKeyChanged);
    assert!(error.message().contains("cannot connect through 127.0.0.1"), "{error}");
}

#[test]
fn a_jump_and_a_proxy_command_of_the_users_configuration() {
    let outer = Sshd::start();
    let inner = Sshd::start();
    inner.authorize(&keys::public_of_file(&outer.client_key_path()).unwrap());
    let home = home(&format!(
        "Host outer\n HostName 127.0.0.1\n Port {}\n\
         Host inner\n HostName 127.0.0.1\n Port {}\n ProxyJump outer\n\
         Host piped\n HostName 127.0.0.1\n Port {}\n ProxyCommand {}\n\
         Host *\n User {}\n IdentityFile {}\n",
        outer.port(),
        inner.port(),
        inner.port(),
        // bash passes on the bytes, so that the test needs no other program.
        "bash -c 'exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3; kill $!'",
        user(),
        outer.client_key_path().display(),
    ));
    for host in ["inner", "piped"] {
        let (pool, _, target) = personal(home.path(), host);
        let seen = stdout_of(&*pool.remote(target).unwrap(), "echo $SSH_CONNECTION");
        assert!(seen.ends_with(&format!(" {}", inner.port())), "{host}: {seen}");
    }
}

#[test]
fn a_proxy_command_that_fails_says_why() {
    let server = Sshd::start();
    let broken =
        Target { proxy_command: Some("sh -c 'echo no way >&2'".into()), ..target(&server) };
    let error = remote(broken).probe(&watch()).unwrap_err();
    assert_eq!(error.code(), Code::Connection);
    assert!(error.to_string().contains("no way"), "{error}");
}

#[test]
fn a_jump_to_an_unreachable_target_is_reported() {
    let outer = Sshd::start();
    let mut inner = Sshd::start();
    let through = Target {
        jump: vec![format!("{}@127.0.0.1:{}", user(), outer.port())],
        identities: vec![Identity::File(outer.client_key_path())],
        ..target(&inner)
    };
    inner.stop();
    let error = remote(through).probe(&watch()).unwrap_err();
    assert_eq!(error.code(), Code::Connection);
    assert!(error.to_string().contains("cannot reach 127.0.0.1"), "{error}");
}
