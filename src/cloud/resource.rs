//! The remote resources of a run, and the ledger in which they are recorded first.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::report::Watch;

/// The tag, label or metadata key of every remote resource; its value is the run id.
pub const RUN_TAG: &str = "imgctl-run";

/// The tag of images that were named by the settings: the base name, without the time.
pub const NAME_TAG: &str = "imgctl-name";

/// The attribute of an instance that says what it is, `vm` or `container`, where a cloud has both.
pub const MACHINE: &str = "machine";

/// The attribute of an image that `find_run` has found, if no command is known to have finished it.
pub const UNFINISHED: &str = "unfinished";

/// An instance without a kernel of its own.
pub const CONTAINER: &str = "container";

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
    /// Of a disk. A snapshot that belongs to an image is deleted with the image.
    Snapshot,
}

impl ResourceKind {
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

/// A remote resource of this run. Recorded before it is requested (without `id`) and again once it
/// exists.
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
    /// The attribute of this name, if it was recorded.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// Where providers record what they are about to create. Every call is on disk when it returns.
pub trait Ledger: Send + Sync {
    /// Records a resource before it is requested. If one of this kind and role is recorded already,
    /// it is returned with its token and perhaps its id, so that a retry requests the same. The time of
    /// the request is recorded anew while there is no id.
    fn intend(
        &self,
        kind: ResourceKind,
        role: &str,
        attributes: &[(&str, &str)],
    ) -> Result<Resource>;
    /// Records that the resource exists, under this id.
    fn created(&self, token: &str, id: &str, attributes: &[(&str, &str)]) -> Result<()>;
    /// Removes the record: the resource is verified to be gone, or was never created.
    fn gone(&self, token: &str) -> Result<()>;
    /// When the resource was last requested, if that is recorded.
    fn requested(&self, _token: &str) -> Result<Option<Timestamp>> {
        Ok(None)
    }
    /// All records, oldest first.
    fn resources(&self) -> Result<Vec<Resource>>;
    /// Whether a resource of this kind and role was requested, and the answer is not known.
    fn is_unanswered(&self, kind: ResourceKind, role: &str) -> Result<bool> {
        let known = self.resources()?;
        let of = |known: &Resource| known.kind == kind && known.role == role && known.id.is_none();
        Ok(known.iter().any(of))
    }
    /// Removes the record of this kind and id, if there is one: the resource is verified to be gone.
    fn forget(&self, kind: ResourceKind, id: &str) -> Result<()> {
        for resource in self.resources()? {
            if resource.kind == kind && resource.id.as_deref() == Some(id) {
                self.gone(&resource.token)?;
            }
        }
        Ok(())
    }
}

/// The context of every call to a provider.
#[derive(Clone)]
pub struct Call {
    /// The run id, also the value of [`RUN_TAG`].
    pub run: String,
    pub ledger: Arc<dyn Ledger>,
    pub watch: Watch,
    /// A dry run: sharing and deprecating tell what they would change, by what the cloud tells now, and change
    /// nothing.
    pub only_looks: bool,
}
