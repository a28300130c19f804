//! The way to a host: aliases of the user's configuration, jump hosts and proxy commands.

use std::path::Path;
use std::sync::Arc;

use imgctl::Code;
use imgctl::ssh::{Connect, Identity, Pool, Target, UserEnvironment, keys};

use super::sshd::{Sshd, user};
use super::world::{Memory, pool, remote, stdout_of, target, watch};

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
