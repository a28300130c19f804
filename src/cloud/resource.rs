//! What a run asked a cloud for, and where that is written down before.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::report::Watch;

/// The tag, label or metadata key that every remote thing carries; its value is the run id.
pub const RUN_TAG: &str = "imgctl-run";

pub type Tags = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    KeyPair,
    SecurityGroup,
    Instance,
    Disk,
    Address,
    Image,
    /// Of a disk; one that belongs to an image is deleted with it.
    Snapshot,
}

impl ResourceKind {
    pub const ALL: [ResourceKind; 7] = [
        ResourceKind::KeyPair,
        ResourceKind::SecurityGroup,
        ResourceKind::Instance,
        ResourceKind::Disk,
        ResourceKind::Address,
        ResourceKind::Image,
        ResourceKind::Snapshot,
    ];

    /// As the state file and scripts call it: "security_group".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ResourceKind::KeyPair => "key_pair",
            ResourceKind::SecurityGroup => "security_group",
            ResourceKind::Instance => "instance",
            ResourceKind::Disk => "disk",
            ResourceKind::Address => "address",
            ResourceKind::Image => "image",
            ResourceKind::Snapshot => "snapshot",
        }
    }

    /// The kind of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ResourceKind> {
        ResourceKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// As messages call it: "security group".
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            ResourceKind::KeyPair => "key pair",
            ResourceKind::SecurityGroup => "security group",
            ResourceKind::Instance => "instance",
            ResourceKind::Disk => "disk",
            ResourceKind::Address => "address",
            ResourceKind::Image => "image",
            ResourceKind::Snapshot => "snapshot",
        }
    }
}

impl std::fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}

/// A remote thing this run asked for. Written down before it is asked for (no `id` yet) and again
/// once it exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    pub kind: ResourceKind,
    /// Which of the run's instances it belongs to: `build`, `verify`.
    pub role: String,
    /// Idempotency token: unique, at most 32 characters of `[a-z0-9-]`, the same on every retry.
    pub token: String,
    pub id: Option<String>,
    pub region: String,
    /// What the provider needs to find or remove it again.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

impl Resource {
    /// The attribute of this name, if it was written down.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// Where providers write down what they are about to create. Every call is on disk when it returns.
pub trait Ledger: Send + Sync {
    /// Before asking. A resource of this kind and role that is already written down is returned as
    /// it stands, with its token and perhaps its id, so that a retry asks for the same thing.
    fn intend(
        &self,
        kind: ResourceKind,
        role: &str,
        attributes: &[(&str, &str)],
    ) -> Result<Resource>;
    /// It exists now, under this id.
    fn created(&self, token: &str, id: &str, attributes: &[(&str, &str)]) -> Result<()>;
    /// It is verified gone (or was never made).
    fn gone(&self, token: &str) -> Result<()>;
    /// Everything written down and not yet gone, oldest first.
    fn resources(&self) -> Result<Vec<Resource>>;
    /// The thing of this kind and id is verified gone; nothing to do when it was not written down.
    fn forget(&self, kind: ResourceKind, id: &str) -> Result<()> {
        for resource in self.resources()? {
            if resource.kind == kind && resource.id.as_deref() == Some(id) {
                self.gone(&resource.token)?;
            }
        }
        Ok(())
    }
}

/// What every call to a provider carries.
#[derive(Clone)]
pub struct Call {
    /// The run id, also the value of [`RUN_TAG`].
    pub run: String,
    pub ledger: Arc<dyn Ledger>,
    pub watch: Watch,
}
