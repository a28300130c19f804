//! Private keys, from memory or files and unlocked once per process, and what all connections of a
//! pool share to prove who they are.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use ssh_key::{LineEnding, PrivateKey, PublicKey};

use super::lock::lock;
use super::target::Identity;
use super::trust::Trust;
use super::{certificate, keys, pem};
use crate::report::{Level, Report};
use crate::{Error, Result};

/// Wrong passphrases accepted before a key is given up.
const TRIES: usize = 3;

/// Key files that other users can read and that were reported: each connection reads the files
/// again.
static WARNED: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

/// A private key that may still be locked.
pub(super) struct Key {
    /// For messages: the path, or `the key in memory`.
    pub(super) name: String,
    /// Known for the formats that show it without the passphrase, and from the file beside.
    pub(super) public: Option<PublicKey>,
    /// Lines such as `ssh-ed25519-cert-v01@openssh.com AAAA…`.
    pub(super) certificates: Vec<String>,
    pem: String,
    locked: bool,
    /// The file holds the public half: only an agent can use it.
    pub(super) is_public: bool,
}

/// A key ready to be used.
#[derive(Clone)]
pub(super) struct Unlocked {
    pub(super) pem: String,
    /// For PEM formats that only the SSH library can decrypt.
    pub(super) passphrase: Option<String>,
}

/// The keys unlocked so far, by name; None for a key whose passphrase nobody knew.
pub(super) type Keyring = Mutex<HashMap<String, Option<Unlocked>>>;

/// How both sides prove who they are: pinned host keys and our unlocked keys. All connections of a
/// pool share it.
pub(super) struct Authentication {
    pub(super) trust: Arc<dyn Trust>,
    pub(super) keyring: Keyring,
}

/// Reads a key, without asking for a passphrase. `certificates` are files that may belong to it.
pub(super) fn load(
    identity: &Identity,
    certificates: &[PathBuf],
    report: &dyn Report,
) -> Result<Key> {
    let (name, pem, path) = match identity {
        Identity::Memory(pem) => ("the key in memory".to_string(), pem.clone(), None),
        Identity::File(path) => {
            (path.display().to_string(), read(path, report)?, Some(path.as_path()))
        }
    };
    let parsed = PrivateKey::from_openssh(&pem).ok();
    let beside = || PublicKey::read_openssh_file(&keys::beside(path?)).ok();
    let locked = match &parsed {
        Some(key) => key.is_encrypted(),
        None => pem.contains("ENCRYPTED"),
    };
    let half = PublicKey::from_openssh(pem.trim()).ok();
    let is_public = half.is_some();
    if parsed.is_none() && !is_public && !pem.contains("PRIVATE KEY-----") {
        return Err(Error::config(format!("{name} is not a private key"))
            .hint("name a private key file in the format of ssh-keygen"));
    }
    let public = match &parsed {
        Some(key) => Some(key.public_key().clone()),
        None => half
            .or_else(|| pem::openssh(&pem).ok().map(|(public, _)| public))
            .or_else(|| pem::public_key(&pem).ok().flatten())
            .or_else(beside),
    };
    let certificates = certificate::of_key(public.as_ref(), path, certificates);
    Ok(Key { name, public, certificates, pem, locked, is_public })
}

fn read(path: &Path, report: &dyn Report) -> Result<String> {
    let text = crate::read::text(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::not_found(format!("key file {} does not exist", path.display()))
        }
        _ => Error::io("read the key file", path, error),
    })?;
    let mode = std::fs::metadata(path).map(|data| data.permissions().mode()).unwrap_or(0);
    if mode & 0o077 != 0 && text.contains("PRIVATE KEY") && lock(&WARNED).insert(path.to_owned()) {
        report.log(
            Level::Warning,
            &format!("other users can read the key {0}: run `chmod 600 {0}`", path.display()),
        );
    }
    Ok(text)
}

impl Key {
    /// True if using it means asking for its passphrase.
    pub(super) fn asks(&self, keyring: &Keyring) -> bool {
        self.locked && !lock(keyring).contains_key(&self.name)
    }

    /// The usable key; None if it stays locked. The keyring stays locked during the question, so
    /// that fifty hosts ask once.
    pub(super) fn unlock(&self, keyring: &Keyring, trust: &dyn Trust) -> Option<Unlocked> {
        if !self.locked {
            return Some(Unlocked { pem: self.pem.clone(), passphrase: None });
        }
        let mut keyring = lock(keyring);
        if let Some(known) = keyring.get(&self.name) {
            return known.clone();
        }
        let unlocked = (0..TRIES)
            .map_while(|_| trust.passphrase(&self.name))
            .find_map(|passphrase| self.open(&passphrase));
        keyring.insert(self.name.clone(), unlocked.clone());
        unlocked
    }

    fn open(&self, passphrase: &str) -> Option<Unlocked> {
        let Ok(key) = PrivateKey::from_openssh(&self.pem) else {
            return Some(Unlocked {
                pem: self.pem.clone(),
                passphrase: Some(passphrase.to_string()),
            });
        };
        match key.decrypt(passphrase) {
            Ok(key) => {
                let pem = key.to_openssh(LineEnding::LF).ok()?.to_string();
                Some(Unlocked { pem, passphrase: None })
            }
            Err(ssh_key::Error::Crypto) => None,
            // The parser refuses good elliptic curve keys whose number happens to be short.
            Err(_) => {
                Some(Unlocked { pem: self.pem.clone(), passphrase: Some(passphrase.to_string()) })
            }
        }
    }
}
