//! Google Compute Engine, by its REST API in version 1.
//!
//! An instance, its disk and an image each have a name that is written down before they are asked
//! for, and a request id made of the ledger's token: the same request twice is carried out once.

mod advice;
mod api;
mod base;
mod body;
mod create_image;
mod credentials;
mod destroy;
mod failure;
mod guest;
mod image;
mod instance;
mod launch;
mod list;
mod names;
mod operation;
mod places;
mod power;
mod publish;
mod sought;
mod tried;

use std::sync::Mutex;

use async_trait::async_trait;

use self::api::Api;
use self::credentials::Credentials;
use self::guest::Told;
use super::{
    Call, Capability, Cloud, Image, ImageScope, ImageSpec, Instance, Launch, Resource, Share,
    console,
};
use crate::Result;
use crate::config::gce::Settings;
use crate::report::Watch;

/// One region of a project.
pub struct Gce {
    settings: Settings,
    /// Empty: that of the zones.
    region: String,
    api: Api,
    told: Mutex<Told>,
}

impl Gce {
    /// Costs nothing remote: credentials are looked for when they are needed.
    pub fn new(settings: Settings, region: &str) -> Result<Gce> {
        body::check(&settings)?;
        let credentials =
            Credentials::new(settings.credentials.clone(), settings.endpoint.is_some());
        let api = Api::new(settings.endpoint.as_deref(), credentials)?;
        Ok(Gce { settings, region: region.to_owned(), api, told: Mutex::default() })
    }
}

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
            | Capability::DeprecateImage => true,
            Capability::CopyImage | Capability::ExportImage => false,
        }
    }

    fn image_name(&self, wanted: &str) -> Result<String> {
        Ok(names::valid(wanted))
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
        self.power_off(id, call).await
    }

    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()> {
        self.remove(resources, call).await
    }

    async fn console(&self, id: &str, call: &Call) -> Result<String> {
        self.serial_port(id, call).await
    }

    /// Of the guest agent, else what cloud-init has printed on the console.
    async fn host_keys(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let keys = self.guest_keys(id, call).await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        let keys = console::host_keys(&self.serial_port(id, call).await?);
        if keys.is_empty() {
            // One that does not run will never tell.
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
        let hint = "an image of gce can be used in every region; storage_location says where new \
                    ones are kept";
        (capability == Capability::CopyImage).then(|| hint.to_owned())
    }

    async fn share_image(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        self.share(id, with, call).await
    }

    async fn deprecate_image(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        self.deprecate(id, at, call).await
    }

    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        self.labelled(run, call).await
    }
}
