//! The key of this user for digests of secrets. It stays on the machine.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::OnceLock;

/// Random bytes, read or made when they are first needed.
#[derive(Default)]
pub struct Key(OnceLock<Vec<u8>>);

/// Bytes of a key.
const LENGTH: usize = 32;

impl Key {
    /// Without a folder to keep it in it lasts as long as the process: steps with secrets then run again.
    pub fn bytes(&self) -> &[u8] {
        self.0.get_or_init(|| {
            let kept = crate::state::home().and_then(|folder| kept(&folder.join("digest.key")));
            kept.unwrap_or_else(random)
        })
    }
}

/// The key in the file; a missing file is made.
fn kept(path: &Path) -> Option<Vec<u8>> {
    // Another imgctl may make the file at the same time: one of them does, and both read that.
    for _ in 0..2 {
        match File::open(path) {
            Ok(file) => return read(file),
            Err(error) if error.kind() == ErrorKind::NotFound => make(path)?,
            Err(_) => return None,
        }
    }
    None
}

fn read(mut file: File) -> Option<Vec<u8>> {
    let found = file.metadata().ok()?;
    let own = found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0;
    if !own {
        return None;
    }
    let mut bytes = vec![0; LENGTH];
    file.read_exact(&mut bytes).ok().map(|()| bytes)
}

/// Whole or not there: it is written beside its place and linked there.
fn make(path: &Path) -> Option<()> {
    let beside = path.with_extension(format!("{}.tmp", uuid::Uuid::new_v4().simple()));
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).ok()?;
    let written = file.write_all(&random()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match std::fs::hard_link(&beside, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    });
    // What stays of it is no key.
    let _ = std::fs::remove_file(&beside);
    linked.ok()
}

/// From the system's generator, as random UUIDs are.
fn random() -> Vec<u8> {
    let halves = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
    halves.iter().flat_map(|half| *half.as_bytes()).take(LENGTH).collect()
}
