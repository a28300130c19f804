//! The hand-over to the system's `ssh`.

use std::sync::Arc;

use imgctl::ssh::{Connect, Identity, Target};

use super::sshd::{Sshd, user};
use super::world::{Memory, pool, target, watch};

#[test]
fn the_systems_ssh_runs_with_our_keys_and_gives_its_status() {
    let outer = Sshd::start();
    let inner = Sshd::start();
    let pem = std::fs::read_to_string(outer.client_key_path()).unwrap();
    inner.authorize(&imgctl::ssh::keys::public_of_file(&outer.client_key_path()).unwrap());
    let pool = pool(Arc::new(Memory::default()));
    let mark = inner.folder().join("mark");
    for jump in [vec![], vec![format!("{}@127.0.0.1:{}", user(), outer.port())]] {
        let target =
            Target { identities: vec![Identity::Memory(pem.clone())], jump, ..target(&inner) };
        let remote = pool.remote(target).unwrap();
        let line = format!("echo 'a b' >> {}; exit 5", mark.display());
        assert_eq!(remote.shell(Some(&line), &watch()).unwrap(), 5);
    }
    assert_eq!(std::fs::read_to_string(mark).unwrap(), "a b\na b\n");
}
