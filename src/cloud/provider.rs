//! The trait that every provider implements.

use async_trait::async_trait;

use super::{
    Call, Capability, CopyTarget, Image, ImageScope, ImageSpec, Instance, Launch, Resource, Share,
    console,
};
use crate::report::Watch;
use crate::{Code, Error, Result};

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

    /// The key that its settings name for the disks of new images, as this region knows it. None:
    /// as the source of a copy is encrypted.
    fn encryption_key(&self) -> Option<String> {
        None
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
        Err(self.cannot(Capability::CopyImage))
    }

    /// Lets others start instances from an image; true when somebody was added.
    async fn share_image(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        let _ = (id, with, call);
        Err(self.cannot(Capability::ShareImage))
    }

    /// From `at` (RFC 3339, UTC) on, the image is no longer offered for new instances, and those who
    /// know its id can still use it; true when that was not so yet.
    async fn deprecate_image(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        let _ = (id, at, call);
        Err(self.cannot(Capability::DeprecateImage))
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
        Err(self.cannot(Capability::ExportImage))
    }

    /// Everything that carries this run's tag (every run's, for none), whatever the state says.
    /// The attributes `name`, `run` and `created` (RFC 3339) say what it is, where the cloud knows.
    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>>;

    /// What to do in place of something this cloud cannot do: a hint, where there is one.
    fn instead(&self, _capability: Capability) -> Option<String> {
        None
    }

    /// The error for a capability this cloud lacks.
    fn cannot(&self, capability: Capability) -> Error {
        let message = format!("cloud {} cannot {}", self.name(), capability.action());
        let error = Error::new(Code::Capability, message);
        match self.instead(capability) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// Refuses what this cloud cannot do.
    fn require(&self, capability: Capability) -> Result<()> {
        if self.can(capability) { Ok(()) } else { Err(self.cannot(capability)) }
    }
}
