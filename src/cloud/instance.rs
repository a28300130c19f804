//! Instances: how to start one, and what the cloud reports of it.

use serde::{Deserialize, Serialize};

use super::{Image, Tags};

/// The state of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    Pending,
    Running,
    Stopping,
    Stopped,
    /// It exists but will never run, such as after a failed build.
    Failed,
    /// Terminated or being terminated.
    Gone,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub id: String,
    pub name: String,
    pub state: InstanceState,
    /// Why it is in this state, in the cloud's own words.
    pub reason: Option<String>,
    /// The address for SSH; None before the cloud has assigned one.
    pub address: Option<String>,
    pub ssh_port: u16,
    /// Its availability zone, on clouds that have zones.
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

/// The request for a new instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Launch {
    /// `build`, `verify`: a run has one instance of each role.
    pub role: String,
    pub name: String,
    pub image: Image,
    /// The login user, with `authorized_keys` and sudo without a password.
    pub username: String,
    /// OpenSSH lines.
    pub authorized_keys: Vec<String>,
    /// The name of a key pair in the cloud (created if missing) for the first of `authorized_keys`.
    /// None: a temporary one, on clouds that have key pairs.
    #[serde(default)]
    pub key_pair: Option<String>,
    /// The host key to install, known before the boot, so that the first connection is verified.
    /// None: the instance generates its own.
    pub host_key: Option<HostKey>,
    /// The user's own cloud-init user data.
    pub user_data: Option<String>,
    /// How to boot, on clouds with a choice: `local` supports `kernel` and `disk`.
    pub boot: Option<String>,
    pub tags: Tags,
}
