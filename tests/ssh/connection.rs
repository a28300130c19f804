//! Connections: sessions that are shared and lost, host keys and probes.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use imgctl::Code;
use imgctl::report::Level;
use imgctl::ssh::{Connect, Pool, Target, UserEnvironment, keys};

use super::login::generate_key;
use super::sshd::Sshd;
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
