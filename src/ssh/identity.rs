//! Private keys: from memory or files, unlocked once per process.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use ssh_key::{LineEnding, PrivateKey, PublicKey};

use super::run::lock;
use super::{Identity, Trust};
use crate::report::{Level, Report};
use crate::{Error, Result};

/// Wrong passphrases taken before a key is given up.
const TRIES: usize = 3;

/// Key files that others may read, and whose owner has been told: each connection reads them anew.
static WARNED: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

/// A private key that may still be locked.
pub(super) struct Key {
    /// For messages: the path, or `the key in memory`.
    pub(super) name: String,
    /// Known for the formats that show it without the passphrase.
    pub(super) public: Option<PublicKey>,
    pem: String,
    locked: bool,
}

/// A key ready to be used.
#[derive(Clone)]
pub(super) struct Unlocked {
    pub(super) pem: String,
    /// For PEM formats that only the SSH library can decrypt.
    pub(super) passphrase: Option<String>,
}

/// The keys unlocked so far, by name; None for one whose passphrase nobody could give.
pub(super) type Ring = Mutex<HashMap<String, Option<Unlocked>>>;

/// Reads a key, without asking anyone.
pub(super) fn load(identity: &Identity, report: &dyn Report) -> Result<Key> {
    let (name, pem) = match identity {
        Identity::Memory(pem) => ("the key in memory".to_string(), pem.clone()),
        Identity::File(path) => (path.display().to_string(), read(path, report)?),
    };
    let parsed = PrivateKey::from_openssh(&pem).ok();
    let locked = match &parsed {
        Some(key) => key.is_encrypted(),
        None => pem.contains("ENCRYPTED"),
    };
    if parsed.is_none() && !pem.contains("PRIVATE KEY-----") {
        return Err(Error::config(format!("{name} is not a private key"))
            .hint("name the file without .pub, in the format of ssh-keygen"));
    }
    Ok(Key { name, public: parsed.map(|key| key.public_key().clone()), pem, locked })
}

fn read(path: &Path, report: &dyn Report) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::not_found(format!("there is no key file {}", path.display()))
        }
        _ => Error::io("read the key file", path, error),
    })?;
    let mode = std::fs::metadata(path).map(|data| data.permissions().mode()).unwrap_or(0);
    if mode & 0o077 != 0 && lock(&WARNED).insert(path.to_owned()) {
        report.log(
            Level::Warning,
            &format!("other users may read the key {0}: run `chmod 600 {0}`", path.display()),
        );
    }
    Ok(text)
}

impl Key {
    /// True if using it means asking somebody.
    pub(super) fn asks(&self, ring: &Ring) -> bool {
        self.locked && !lock(ring).contains_key(&self.name)
    }

    /// The usable key; none if it stays locked. The ring is held while somebody is asked, so that
    /// fifty hosts ask once.
    pub(super) fn unlock(&self, ring: &Ring, trust: &dyn Trust) -> Option<Unlocked> {
        if !self.locked {
            return Some(Unlocked { pem: self.pem.clone(), passphrase: None });
        }
        let mut ring = lock(ring);
        if let Some(known) = ring.get(&self.name) {
            return known.clone();
        }
        let unlocked = (0..TRIES)
            .map_while(|_| trust.passphrase(&self.name))
            .find_map(|passphrase| self.open(&passphrase));
        ring.insert(self.name.clone(), unlocked.clone());
        unlocked
    }

    fn open(&self, passphrase: &str) -> Option<Unlocked> {
        let Ok(key) = PrivateKey::from_openssh(&self.pem) else {
            return Some(Unlocked {
                pem: self.pem.clone(),
                passphrase: Some(passphrase.to_string()),
            });
        };
        let pem = key.decrypt(passphrase).ok()?.to_openssh(LineEnding::LF).ok()?.to_string();
        Some(Unlocked { pem, passphrase: None })
    }
}
