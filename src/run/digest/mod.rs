//! Digests of what a step reads: enough to tell that it has changed, and no more.

mod files;
mod hash;
mod key;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use files::Files;
use hash::short;
use key::Key;

pub use files::{ABSENT, is_private};
pub use hash::of;

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
