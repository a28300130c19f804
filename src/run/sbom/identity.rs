//! Whose documents these are, and how each is named apart from all others.

use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The version of this program, as documents name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An id that depends on nothing but the contents.
pub fn id_of(contents: &Value) -> Uuid {
    let digest = Sha256::digest(contents.to_string());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
