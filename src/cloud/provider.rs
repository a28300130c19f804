//! The trait that every provider implements.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Call, Capability, Channel, CopyTarget, Grace, Held, Image, ImageScope, ImageSpec, Instance,
    Launch, Promoted, Resource, Share, console,
};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// One provider, set up for a region and a distribution. Every method may be called again after a
/// failure half-way, and accepts that its work is done already.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// `ec2`, `local`: the name on the command line.
    fn name(&self) -> &'static str;

    fn can(&self, capability: Capability) -> bool;

    /// The region it works in: the one it was opened for, else that of the vendor's own settings.
    /// Empty on clouds without regions.
    async fn region(&self, watch: &Watch) -> Result<String>;

    /// The project or account in which everything is created, if the cloud reports one. With
    /// another one no resource would be found, and all would be considered deleted.
    async fn project(&self, _watch: &Watch) -> Result<Option<String>> {
        Ok(None)
    }

    /// The name of an image in the cloud. A cloud that allows fewer names gets the nearest valid one;
    /// it is an error if there is no such name.
    fn image_name(&self, wanted: &str) -> Result<String> {
        Ok(wanted.to_owned())
    }

    /// The cloud's word for [`project`](Cloud::project).
    fn project_word(&self) -> &'static str {
        "project"
    }

    /// The key that its settings name for the disks of new images, as this region knows it. None: a
    /// copy is encrypted in the same way as its source.
    fn encryption_key(&self) -> Option<String> {
        None
    }

    /// How long it may take until all of the cloud's servers show a change: see [`Grace`].
    fn grace(&self) -> Grace {
        Grace::new(Duration::ZERO)
    }

    /// The base image: the given id or name, else the configured query, newest first.
    async fn find_base(&self, wanted: Option<&str>, call: &Call) -> Result<Image>;

    /// Starts an instance, or finds the one that an earlier try with the same token started. Returns
    /// when the cloud reports it as running and its address is known; SSH may not answer yet.
    async fn create(&self, launch: &Launch, call: &Call) -> Result<Instance>;

    /// The instance; None if the cloud does not know it.
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

    /// Powers a machine off and on whose kernel died while it booted, if its processor is emulated, where
    /// such a failure need not come again; false, and nothing done, if it is not.
    async fn begin_boot_again(&self, _id: &str, _call: &Call) -> Result<bool> {
        Ok(false)
    }

    /// Deletes these resources in the right order, verifies that each is gone, and removes it from
    /// the ledger. Resources without an id are looked up by token first.
    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()>;

    /// The last output of the instance's console.
    async fn console(&self, id: &str, call: &Call) -> Result<String>;

    /// The SSH host keys that the cloud reports, as OpenSSH lines; empty if it knows none yet.
    async fn host_keys(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        Ok(console::host_keys(&self.console(id, call).await?))
    }

    /// Makes an image of an instance (stopped first, unless `spec` says otherwise) and waits for it.
    async fn create_image(&self, instance: &str, spec: &ImageSpec, call: &Call) -> Result<Image>;

    /// The images of that scope, oldest first.
    async fn list_images(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>>;

    /// The users of an image: instances, launch templates, images based on it; each as kind and id.
    /// Empty if the cloud knows none.
    async fn image_users(&self, id: &str, call: &Call) -> Result<Vec<String>>;

    /// Deletes an image with the resources that belong to it alone. Refuses an image in use unless
    /// forced.
    async fn delete_image(&self, id: &str, force: bool, call: &Call) -> Result<()>;

    /// Copies an image to another region and waits for it; true if the copy is new. A copy that an
    /// earlier try began is found again.
    async fn copy_image(
        &self,
        id: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<(Image, bool)> {
        let _ = (id, target, call);
        Err(self.cannot(Capability::CopyImage))
    }

    /// The copy of an image that is in another region already, whatever its state; one that has failed is none.
    /// Nothing is changed.
    async fn find_copy(&self, id: &str, target: &CopyTarget, call: &Call) -> Result<Option<Image>> {
        let _ = (id, target, call);
        Err(self.cannot(Capability::CopyImage))
    }

    /// Allows others to start instances from an image; true if anyone was added.
    async fn share_image(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        let _ = (id, with, call);
        Err(self.cannot(Capability::ShareImage))
    }

    /// Deprecates an image from `at` (RFC 3339, UTC): it is no longer offered for new instances, but
    /// can still be used by its id. True if that is a change.
    async fn deprecate_image(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        let _ = (id, at, call);
        Err(self.cannot(Capability::DeprecateImage))
    }

    /// What is in a channel.
    async fn channel(&self, channel: &Channel, call: &Call) -> Result<Held> {
        let _ = (channel, call);
        Err(self.cannot(Capability::PromoteImage))
    }

    /// Whether an image of one's own could be put into a channel. Nothing is changed.
    ///
    /// # Errors
    /// What `promote_image` refuses.
    async fn check_promotion(&self, id: &str, channel: &Channel, call: &Call) -> Result<()> {
        let _ = (id, channel, call);
        Err(self.cannot(Capability::PromoteImage))
    }

    /// Puts an image of one's own into a channel, first, and then takes every other one out of it. An
    /// image that consumers could not use is refused.
    async fn promote_image(&self, id: &str, channel: &Channel, call: &Call) -> Result<Promoted> {
        let _ = (id, channel, call);
        Err(self.cannot(Capability::PromoteImage))
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

    /// All resources with the tag of this run (None: of any run), whether the state knows them or
    /// not. The attributes `name`, `run` and `created` (RFC 3339) are set if the cloud reports them.
    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>>;

    /// What may keep SSH away from an instance that runs, as a hint. None: nothing that is this cloud's.
    fn barrier(&self) -> Option<String> {
        None
    }

    /// A hint about what to do instead of something this cloud cannot do.
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

    /// An error if this cloud lacks the capability.
    fn require(&self, capability: Capability) -> Result<()> {
        if self.can(capability) { Ok(()) } else { Err(self.cannot(capability)) }
    }
}
