//! What imgctl asks of a cloud, in its own small types. Each provider translates at its door.

pub mod console;
#[cfg(feature = "ec2")]
pub mod ec2;
pub mod fake;
#[cfg(feature = "gce")]
pub mod gce;
pub mod http;
#[cfg(feature = "local")]
pub mod local;
#[cfg(feature = "openstack")]
pub mod openstack;
#[cfg(feature = "rackspace")]
pub mod rackspace;
pub mod user_data;
pub mod wait;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::report::Watch;
use crate::{Code, Error, Result};

/// The tag, label or metadata key that every remote thing carries; its value is the run id.
pub const RUN_TAG: &str = "imgctl-run";

pub type Tags = BTreeMap<String, String>;

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
    pub image: String,
    /// RFC 3339, UTC.
    pub created: String,
    pub tags: Tags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageState {
    Pending,
    Available,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: String,
    pub name: String,
    pub state: ImageState,
    pub description: String,
    /// RFC 3339, UTC.
    pub created: String,
    /// Bytes the image takes up where it is stored, if the cloud says.
    pub size: Option<u64>,
    pub architecture: Option<String>,
    pub tags: Tags,
    /// RFC 3339, UTC: from when on it is no longer offered to others, if it was told so.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// What the provider needs to start it: the root device's name and size, say.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// Which images to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageScope {
    /// Those that carry [`RUN_TAG`].
    Ours,
    /// All that belong to the account or project.
    Own,
}

/// Where to copy an image to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyTarget {
    pub region: String,
    /// The key to encrypt the copy with, as the target region knows it. None: as the source is.
    pub encryption_key: Option<String>,
}

/// Whom to share an image with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Accounts, projects or members, as the cloud names them.
    pub accounts: Vec<String>,
    /// Organisations and parts of them, where the cloud knows such.
    pub organizations: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    KeyPair,
    SecurityGroup,
    Instance,
    Disk,
    Address,
    Image,
    /// Of a disk; one that belongs to an image goes with that.
    Snapshot,
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
}

/// What every call to a provider carries.
#[derive(Clone)]
pub struct Call {
    /// The run id, also the value of [`RUN_TAG`].
    pub run: String,
    pub ledger: Arc<dyn Ledger>,
    pub watch: Watch,
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

/// What to call a new image.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImageSpec {
    /// As [`Cloud::image_name`] gave it.
    pub name: String,
    pub description: String,
    pub tags: Tags,
    /// Snapshot without stopping first, where the cloud can.
    pub no_stop: bool,
}

/// What a provider can do. Asking for what it can't is an error before anything is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    Stop,
    Console,
    CopyImage,
    ShareImage,
    DeprecateImage,
    ExportImage,
}

impl Capability {
    pub const ALL: [Capability; 6] = [
        Capability::Stop,
        Capability::Console,
        Capability::CopyImage,
        Capability::ShareImage,
        Capability::DeprecateImage,
        Capability::ExportImage,
    ];

    /// Its name in scripts and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Capability::Stop => "stop",
            Capability::Console => "console",
            Capability::CopyImage => "copy_image",
            Capability::ShareImage => "share_image",
            Capability::DeprecateImage => "deprecate_image",
            Capability::ExportImage => "export_image",
        }
    }
}

/// One provider, already set up for a region and a distribution. Every method may be called again
/// after it failed half-way, and tolerates "already so".
#[async_trait]
pub trait Cloud: Send + Sync {
    /// `ec2`, `local`: the name on the command line.
    fn name(&self) -> &'static str;

    fn can(&self, capability: Capability) -> bool;

    /// The region it works in: the one it was opened for, else the one that the vendor's own
    /// settings name. Empty where there are none.
    async fn region(&self, watch: &Watch) -> Result<String>;

    /// The project or account that everything is made in, where the cloud has such and tells it. In
    /// another one nothing would be found, and all be taken for gone.
    async fn project(&self, _watch: &Watch) -> Result<Option<String>> {
        Ok(None)
    }

    /// The name that an image called so has there: where a cloud knows fewer names, the nearest; an
    /// error where there is none.
    fn image_name(&self, wanted: &str) -> Result<String> {
        Ok(wanted.to_owned())
    }

    /// What the cloud calls that.
    fn project_word(&self) -> &'static str {
        "project"
    }

    /// The base image: the given id or name, else the configured query, newest first.
    async fn find_base(&self, wanted: Option<&str>, call: &Call) -> Result<Image>;

    /// Starts an instance, or finds the one an earlier try with the same intent started. Returns
    /// when the cloud says it runs and an address is known; it may not answer SSH yet.
    async fn create(&self, launch: &Launch, call: &Call) -> Result<Instance>;

    /// None when the cloud has never heard of it or has forgotten it.
    async fn describe(&self, id: &str, call: &Call) -> Result<Option<Instance>>;

    /// Returns when it runs, with its new address.
    async fn start(&self, id: &str, call: &Call) -> Result<Instance>;

    /// Returns when it is stopped.
    async fn stop(&self, id: &str, call: &Call) -> Result<()>;

    /// Restarts a running instance; returns when it runs again, with its address.
    async fn restart(&self, id: &str, call: &Call) -> Result<Instance> {
        self.stop(id, call).await?;
        self.start(id, call).await
    }

    /// Removes these resources, in the right order, verifies each gone and writes that down.
    /// Resources with no id are looked up by token first.
    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()>;

    /// The last output of the instance's console.
    async fn console(&self, id: &str, call: &Call) -> Result<String>;

    /// The SSH host keys the cloud vouches for, OpenSSH lines; empty when none are known yet.
    async fn host_keys(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        Ok(console::host_keys(&self.console(id, call).await?))
    }

    /// Makes an image of an instance (stopping it first unless told otherwise) and waits for it.
    async fn create_image(&self, instance: &str, spec: &ImageSpec, call: &Call) -> Result<Image>;

    /// The images of that scope, oldest first.
    async fn list_images(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>>;

    /// What uses an image: instances, launch templates, images that build on it; each named by its
    /// kind and id. Empty: nothing that this cloud can know of.
    async fn image_users(&self, id: &str, call: &Call) -> Result<Vec<String>>;

    /// Deletes an image with what belongs to it alone. Refuses one that is in use unless forced.
    async fn delete_image(&self, id: &str, force: bool, call: &Call) -> Result<()>;

    /// Copies an image to another region and waits for it; true when it was not there yet. A copy
    /// that an earlier try began is found again.
    async fn copy_image(
        &self,
        id: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<(Image, bool)> {
        let _ = (id, target, call);
        Err(self.cannot("copy images between regions"))
    }

    /// Lets others start instances from an image; true when somebody was added.
    async fn share_image(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        let _ = (id, with, call);
        Err(self.cannot("share images"))
    }

    /// From `at` (RFC 3339, UTC) on, the image is no longer offered for new instances, and those who
    /// know its id can still use it; true when that was not so yet.
    async fn deprecate_image(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        let _ = (id, at, call);
        Err(self.cannot("deprecate images"))
    }

    /// Writes an image to a file of the given format; returns the paths written.
    async fn export_image(
        &self,
        id: &str,
        format: &str,
        path: &str,
        call: &Call,
    ) -> Result<Vec<String>> {
        let _ = (id, format, path, call);
        Err(self.cannot("export images"))
    }

    /// Everything that carries this run's tag (every run's, for none), whatever the state says.
    /// The attributes `name`, `run` and `created` (RFC 3339) say what it is, where the cloud knows.
    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>>;

    /// The error for a capability this cloud lacks.
    fn cannot(&self, what: &str) -> Error {
        Error::new(Code::Capability, format!("cloud {} cannot {what}", self.name()))
    }
}
