//! From bytes to the digests that a state file has.

use sha2::{Digest, Sha256};

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
pub fn short(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
