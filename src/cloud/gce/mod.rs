//! Google Compute Engine, through version 1 of its REST API.
//!
//! Every instance, disk and image gets a name that is recorded before it is requested, and a request id
//! made from the ledger's token: Google carries out the same request only once.

mod advice;
mod api;
mod architecture;
mod base;
mod base_query;
mod channel;
mod cloud_init;
mod create_image;
mod credentials;
mod delete_image;
mod deletion;
mod destroy;
mod fault;
mod find_image;
mod guest;
mod image;
mod instance;
mod late;
mod launch;
mod list;
mod machine_type;
mod name;
mod operation;
mod power;
mod provider;
mod publish;
mod request;
mod shielded;
mod status;
mod storage_location;
mod sure;
mod sweep;
mod tags;
mod wording;
mod zone_refusals;
mod zones;

use async_trait::async_trait;

pub use self::credentials::{Credentials, READ};
pub use self::provider::Gce;
use super::{
    Call, Capability, Channel, Cloud, Held, Image, ImageScope, ImageSpec, Instance, Launch,
    Promoted, Resource, Share, console,
};
use crate::Result;
use crate::report::Watch;

#[async_trait]
impl Cloud for Gce {
    fn name(&self) -> &'static str {
        "gce"
    }

    fn can(&self, capability: Capability) -> bool {
        match capability {
            Capability::Stop
            | Capability::Console
            | Capability::ShareImage
            | Capability::DeprecateImage
            | Capability::DeprecateImageLater
            | Capability::PromoteImage => true,
            Capability::CopyImage | Capability::ExportImage => false,
        }
    }

    fn image_name(&self, wanted: &str) -> Result<String> {
        Ok(name::valid(wanted))
    }

    fn barrier(&self) -> Option<String> {
        let network = self.settings.network.as_deref().unwrap_or("default");
        let network = name::last(network);
        Some(format!(
            "check that a firewall rule of its network lets you in: `gcloud compute firewall-rules create \
             imgctl-ssh --network={network} --allow=tcp:22 --source-ranges=YOUR_ADDRESS/32`, or connect through \
             IAP (docs/gce.md)"
        ))
    }

    async fn region(&self, _: &Watch) -> Result<String> {
        self.region_name()
    }

    async fn project(&self, watch: &Watch) -> Result<Option<String>> {
        // The type's own method, not this one again.
        Gce::project(self, watch).await.map(Some)
    }

    async fn find_base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        self.base(wanted, call).await
    }

    async fn create(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        self.launch(launch, call).await
    }

    async fn describe(&self, id: &str, call: &Call) -> Result<Option<Instance>> {
        self.described(id, call).await
    }

    async fn start(&self, id: &str, call: &Call) -> Result<Instance> {
        self.power_on(id, call).await
    }

    async fn stop(&self, id: &str, call: &Call) -> Result<()> {
        self.stop_or_tell(id, call).await
    }

    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()> {
        self.remove(resources, call).await
    }

    async fn console(&self, id: &str, call: &Call) -> Result<String> {
        self.serial_port(id, call).await
    }

    /// Reported by the guest agent, else printed on the console by cloud-init.
    async fn host_keys(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let keys = self.guest_keys(id, call).await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        let keys = console::host_keys(&self.serial_port(id, call).await?);
        if keys.is_empty() {
            // A stopped instance never reports its keys: waiting for them would end in a timeout.
            self.still_runs(id, call).await?;
        }
        Ok(keys)
    }

    async fn create_image(&self, instance: &str, spec: &ImageSpec, call: &Call) -> Result<Image> {
        self.make_image(instance, spec, call).await
    }

    async fn list_images(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
        self.images(scope, call).await
    }

    async fn image_users(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        self.users_of(id, call).await
    }

    async fn delete_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        self.remove_image(id, force, call).await
    }

    fn instead(&self, capability: Capability) -> Option<String> {
        let hint = "use the image itself: images of gce are available in every region \
                    (`storage_location` sets where new ones are stored)";
        (capability == Capability::CopyImage).then(|| hint.to_owned())
    }

    async fn share_image(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        self.share(id, with, call).await
    }

    async fn deprecate_image(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        self.deprecate(id, at, call).await
    }

    async fn channel(&self, channel: &Channel, call: &Call) -> Result<Held> {
        self.held(channel, call).await
    }

    async fn check_promotion(&self, id: &str, channel: &Channel, call: &Call) -> Result<()> {
        self.promotable(id, channel, call).await.map(drop)
    }

    async fn promote_image(&self, id: &str, channel: &Channel, call: &Call) -> Result<Promoted> {
        self.promote(id, channel, call).await
    }

    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        self.labelled(run, call).await
    }
}
