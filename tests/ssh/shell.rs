//! Handing the terminal to the system's `ssh`.

use std::sync::Arc;

use imgctl::ssh::{Connect, Identity, Pool, Target, UserEnvironment, keys};

use super::sshd::{Sshd, user};
use super::world::{Memory, target, watch};

#[test]
fn the_systems_ssh_runs_with_our_keys_and_returns_its_status() {
    let outer = Sshd::start();
    let inner = Sshd::start();
    // As in a cloud: the instance accepts a key in memory, the jump host one of the user's keys.
    let key = keys::generate("temporary").unwrap();
    inner.authorize(&key.public);
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    let config = format!("Host 127.0.0.1\n IdentityFile {}\n", outer.client_key_path().display());
    std::fs::write(home.path().join(".ssh/config"), config).unwrap();
    let environment =
        UserEnvironment { home: Some(home.path().into()), ..UserEnvironment::default() };
    let pool = Pool::with(environment, Arc::new(Memory::default()));
    let mark = inner.folder().join("mark");
    for jump in [vec![], vec![format!("{}@127.0.0.1:{}", user(), outer.port())]] {
        let target = Target {
            identities: vec![Identity::Memory(key.private.clone())],
            jump,
            ..target(&inner)
        };
        let remote = pool.remote(target).unwrap();
        // Nothing of the key is on a disk while ssh runs, so nothing can be left there.
        let secret = key.private.lines().nth(3).unwrap();
        let line = format!(
            "echo 'a b' >> {0}; grep -rlF -- {secret} {1}/imgctl-ssh-* >> {0}; exit 5",
            mark.display(),
            std::env::temp_dir().display()
        );
        assert_eq!(remote.shell(Some(&line), &watch()).unwrap(), 5);
    }
    assert_eq!(std::fs::read_to_string(mark).unwrap(), "a b\na b\n");
}
