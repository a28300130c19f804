//! The kinds of remote resources, as the state file names them.

use serde::{Deserialize, Serialize};

/// The kind of a remote resource. The providers' own type has the same kinds: this module may not
/// know the clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    KeyPair,
    SecurityGroup,
    Instance,
    Disk,
    Address,
    Image,
    Snapshot,
}

impl Kind {
    /// Its name in the file and in scripts: `key_pair`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::KeyPair => "key_pair",
            Kind::SecurityGroup => "security_group",
            Kind::Instance => "instance",
            Kind::Disk => "disk",
            Kind::Address => "address",
            Kind::Image => "image",
            Kind::Snapshot => "snapshot",
        }
    }
}
