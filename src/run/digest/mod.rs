//! Digests of what a step reads: enough to tell that it has changed, and no more.

mod files;
mod key;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use files::Files;
use key::Key;

pub use files::{ABSENT, is_private};

/// What all runs of a process have in common for this.
#[derive(Default)]
pub struct Digests {
    /// Files read so far.
    pub files: Files,
    key: Key,
}

/// The digest of a secret, and the name of the key that it was made with.
pub struct Sealed {
    pub digest: String,
    pub key: String,
}

impl Digests {
    /// The digest of a secret. Without the key, which no state file has, not even the shortest can be
    /// found by trying.
    #[must_use]
    pub fn sealed(&self, secret: &[u8]) -> Sealed {
        let key = self.key.bytes();
        let mac =
            Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(secret).finalize());
        // HMAC takes keys of every length.
        let digest = mac.map(|mac| short(&mac.into_bytes())).unwrap_or_default();
        Sealed { digest, key: self.key_name() }
    }

    /// The name of this user's key on this machine.
    #[must_use]
    pub fn key_name(&self) -> String {
        of(&[b"name of the key", self.key.bytes()])
    }
}

/// The digest of these parts, in this order.
#[must_use]
pub fn of<T: AsRef<[u8]>>(parts: &[T]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_ref().len().to_le_bytes());
        hasher.update(part);
    }
    short(&hasher.finalize())
}

/// Eight bytes: nobody gains by a step that is skipped, and a state file stays readable.
fn short(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
