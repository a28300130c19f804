//! The contents of the state file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::Kind;
use super::manifest::{Entry, Identity, Proof};
use super::progress::Progress;

/// The version this imgctl writes, and the newest it reads.
pub const VERSION: u32 = 1;

/// Everything known about one run, from `up` to `destroy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub version: u32,
    /// The run id, `[a-z0-9-]`: `20261123-0546-ab12cd`.
    pub run: String,
    pub cloud: String,
    pub region: String,
    pub distribution: String,
    /// The cloud's project or account, if the cloud reports one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// RFC 3339, UTC.
    pub created: String,
    /// By role: `build`, `verify`.
    #[serde(default)]
    pub instances: BTreeMap<String, InstanceRecord>,
    /// Remote resources requested and not yet deleted, oldest first.
    #[serde(default)]
    pub resources: Vec<ResourceRecord>,
    /// Images made by this run, oldest first.
    #[serde(default)]
    pub images: Vec<ImageRecord>,
    /// What the manifest of all images is still to be told: the process ended, or the file could not be
    /// written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlisted: Vec<Entry>,
    /// `host:port` to an OpenSSH public key line, accepted on first use.
    #[serde(default)]
    pub host_keys: BTreeMap<String, String>,
    /// By purpose: `login`.
    #[serde(default)]
    pub keys: BTreeMap<String, KeyRecord>,
    /// Steps done, oldest first. The file calls them `journal`.
    #[serde(default, rename = "journal")]
    pub steps: Vec<StepRecord>,
    /// How far the chain has come, once it has made its image or begins to remove what it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What scripts keep with the run, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Value>,
    /// Where these hold secrets. No secret is here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secret_parts: BTreeMap<String, SecretParts>,
    /// What steps have around them, each once; they refer to it by its digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub libraries: BTreeMap<String, BTreeMap<String, String>>,
}

/// Parts of the texts of a value: the number of a text, and the bytes from and to.
pub type SecretParts = Vec<[usize; 3]>;

impl Document {
    /// Records where a value holds secrets.
    pub fn set_secret_parts(&mut self, name: &str, parts: SecretParts) {
        match parts.is_empty() {
            true => drop(self.secret_parts.remove(name)),
            false => drop(self.secret_parts.insert(name.to_owned(), parts)),
        }
    }

    /// The recorded resource of this kind and role.
    #[must_use]
    pub fn resource(&self, kind: Kind, role: &str) -> Option<&ResourceRecord> {
        self.resources.iter().find(|record| record.kind == kind && record.role == role)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceRecord {
    /// None: requested, not known to exist.
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
    /// The request to the cloud, for the same request again.
    #[serde(default)]
    pub launch: Value,
    /// The public host key that was installed or read from the console, one OpenSSH line.
    #[serde(default)]
    pub host_key: Option<String>,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub created: Option<String>,
    /// How often it was started again after a stop; a start installs the keys again.
    #[serde(default)]
    pub starts: u64,
    /// `down` has stopped it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stopped: bool,
    /// It was cleaned for an image after its last start: logins are not possible.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sealed: bool,
    /// What it is known by, read before it is cleaned for an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// False is omitted, so that an older imgctl can read the file.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A remote resource: written before it is requested (no `id`), and again once it exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceRecord {
    pub kind: Kind,
    pub role: String,
    /// Idempotency token, unique in the document.
    pub token: String,
    #[serde(default)]
    pub id: Option<String>,
    pub region: String,
    /// RFC 3339, UTC: when it was last requested.
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
    /// Its deletion has begun and is not known to be finished.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleting: bool,
    /// What the machine was known by that it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// When an instance of it was last started and passed all checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Proof>,
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
    /// The id of the instance it was done on.
    pub scope: String,
    pub name: String,
    /// Of the step's code or its `version`; when it changes, the step runs again.
    pub fingerprint: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
    pub seconds: f64,
    /// What it has read while it ran, with its own text and the values it was given. When one of these
    /// changes, the step runs again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputRecord>,
    /// What its script had read before it: the values that it was given may come from there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<InputRecord>,
    /// Which of [`Document::libraries`] was around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
}

/// A thing that a step has read. No value is here, only digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputRecord {
    pub kind: InputKind,
    /// A path, a dotted key, the name of a variable; empty where there is only one of the kind.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    pub digest: String,
    /// The digest of a secret is one with a key, which is on the machine that read it and not here: else
    /// all short secrets could be tried. This names the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The kinds of [`InputRecord`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// The step's own text.
    Text,
    /// Its option `version`, in place of its text.
    Version,
    /// A variable of the script that its closure uses.
    Value,
    /// A file's contents.
    File,
    /// A file or folder as it is copied: names, modes and contents.
    Tree,
    /// Whether a path exists.
    Exists,
    /// The names in a folder.
    Names,
    /// The paths that a pattern matches.
    Matches,
    Config,
    Variable,
    SecretVariable,
    /// The arguments of the task.
    Arguments,
    /// A module that was imported while it ran.
    Module,
    /// A task that it ran.
    Task,
    /// A value that scripts keep.
    Kept,
}
