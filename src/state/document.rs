//! What the state file holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version this imgctl writes, and the newest it reads.
pub const VERSION: u32 = 1;

/// Everything that is known about one run, from `up` to `destroy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub version: u32,
    /// The run id, `[a-z0-9-]`: `20261123-0546-ab12cd`.
    pub run: String,
    pub cloud: String,
    pub region: String,
    pub distribution: String,
    /// The cloud's project or account, where it has such and told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// RFC 3339, UTC.
    pub created: String,
    /// By role: `build`, `verify`.
    #[serde(default)]
    pub instances: BTreeMap<String, InstanceRecord>,
    /// Remote things asked for and not yet gone, oldest first.
    #[serde(default)]
    pub resources: Vec<ResourceRecord>,
    /// Images made by this run, oldest first.
    #[serde(default)]
    pub images: Vec<ImageRecord>,
    /// `host:port` to an OpenSSH public key line, accepted on first use.
    #[serde(default)]
    pub host_keys: BTreeMap<String, String>,
    /// By purpose: `login`, `host`.
    #[serde(default)]
    pub keys: BTreeMap<String, KeyRecord>,
    /// Steps done, oldest first.
    #[serde(default)]
    pub journal: Vec<StepRecord>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceRecord {
    /// None: asked for, not known to exist.
    #[serde(default)]
    pub id: Option<String>,
    pub name: String,
    #[serde(default)]
    pub address: Option<String>,
    pub ssh_port: u16,
    pub username: String,
    /// The availability zone it is in, where the cloud has zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The id of the image it was started from.
    pub image: String,
    /// What was asked of the cloud, to ask for the same again.
    #[serde(default)]
    pub launch: Value,
    /// The public host key it was given, one OpenSSH line.
    #[serde(default)]
    pub host_key: Option<String>,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub created: Option<String>,
    /// How often it was started again after a stop; a start hands in new keys.
    #[serde(default)]
    pub starts: u64,
    /// `down` has stopped it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stopped: bool,
    /// It was cleaned for an image since it was started last: nobody can log in.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sealed: bool,
}

/// What is not so need not be written: an older imgctl reads the file, too.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A remote thing: intent first (no `id`), fact once it exists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceRecord {
    /// `instance`, `key_pair`, `security_group`…
    pub kind: String,
    pub role: String,
    /// Idempotency token, unique in the document.
    pub token: String,
    #[serde(default)]
    pub id: Option<String>,
    pub region: String,
    /// RFC 3339, UTC: when it was first asked for.
    pub at: String,
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageRecord {
    pub id: String,
    pub name: String,
    /// RFC 3339, UTC.
    pub created: String,
    pub region: String,
    #[serde(default)]
    pub description: String,
}

/// An SSH key pair made for this run.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// OpenSSH PEM, not encrypted.
    pub private: String,
    /// One OpenSSH line.
    pub public: String,
}

impl std::fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRecord").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A step that is done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// `bootstrap`: the script it belongs to.
    pub script: String,
    /// On what it was done: an instance's id.
    pub scope: String,
    pub name: String,
    /// Of the step's code or its `version`; another one makes the step run again.
    pub fingerprint: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
    pub seconds: f64,
}
