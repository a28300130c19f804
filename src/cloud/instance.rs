//! Instances: what is started, and what the cloud says of it.

use serde::{Deserialize, Serialize};

use super::{Image, Tags};

/// What an instance is doing, as far as imgctl cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    Pending,
    Running,
    Stopping,
    Stopped,
    /// It exists but will never run: died, failed to build.
    Failed,
    /// Terminated or on its way there.
    Gone,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub id: String,
    pub name: String,
    pub state: InstanceState,
    /// Why it is in this state, in the cloud's own words.
    pub reason: Option<String>,
    /// Where SSH is reached; none before the cloud has given one.
    pub address: Option<String>,
    pub ssh_port: u16,
    /// The availability zone it is in, where the cloud has zones.
    #[serde(default)]
    pub zone: Option<String>,
    pub image: String,
    /// RFC 3339, UTC.
    pub created: String,
    pub tags: Tags,
}

/// An SSH host key.
#[derive(Clone, Serialize, Deserialize)]
pub struct HostKey {
    /// OpenSSH private key, PEM.
    pub private: String,
    /// The public half, one OpenSSH line.
    pub public: String,
}

impl std::fmt::Debug for HostKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// What to start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Launch {
    /// `build`, `verify`: one instance of a run each.
    pub role: String,
    pub name: String,
    pub image: Image,
    /// The login user, who gets `authorized_keys` and may use sudo without a password.
    pub username: String,
    /// OpenSSH lines.
    pub authorized_keys: Vec<String>,
    /// The name of a key pair that the cloud has (or shall get) and that belongs to the first of
    /// `authorized_keys`. None: a temporary one, where the cloud has key pairs.
    #[serde(default)]
    pub key_pair: Option<String>,
    /// The host key the instance shall have, known before it boots, so that the first connection is
    /// verified. None: it makes its own.
    pub host_key: Option<HostKey>,
    /// The user's own cloud-init user data.
    pub user_data: Option<String>,
    /// How to boot, where the cloud has a choice: `local` knows `kernel` and `disk`.
    pub boot: Option<String>,
    pub tags: Tags,
}
