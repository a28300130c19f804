//! OpenStack: any cloud with keystone v3 and, with another identity service and other differences,
//! clouds that are built on OpenStack, such as Rackspace.
//!
//! Nova has no idempotency tokens: what a run creates carries its tags (`tags.rs`) and is looked for
//! by them before it is created.

mod address;
mod architecture;
mod asking;
mod automation;
mod base;
mod boot_volume;
mod candidates;
mod catalogue;
mod channel;
pub mod client;
mod compute;
mod create_image;
mod delete_image;
mod delete_volume;
mod destroy;
pub mod differences;
mod fault;
mod floating_address;
mod idempotency;
mod identity;
mod image;
mod images;
mod instance;
mod key_pair;
mod launch;
mod looks;
mod metadata;
mod network;
mod options;
mod pages;
mod pattern;
mod power;
mod provider;
mod publish;

mod security_group;
mod server;
mod setup;
mod snapshots;
mod sweep;
mod tags;
mod volume_messages;
mod volume_settings;
mod volume_users;
mod volumes;
mod wording;

pub use self::catalogue::{Catalogue, Entry};
pub use self::identity::credentials::{READ, sought};
pub use self::identity::keystone::refused;
pub use self::identity::session::{Identity, Life, Session};
pub use self::identity::tls::{Tls, http};
pub use self::images::Images;
pub use self::options::{AutomationLimits, Options};
pub use self::provider::OpenStack;
pub use self::setup::open;

use async_trait::async_trait;

use super::{
    Call, Capability, Channel, Cloud, Held, Image, ImageScope, ImageSpec, Instance, Launch,
    Promoted, Resource, Share,
};
use crate::Result;
use crate::report::Watch;

#[async_trait]
impl Cloud for OpenStack {
    fn name(&self) -> &'static str {
        self.differences.name
    }

    fn can(&self, capability: Capability) -> bool {
        self.differences.can(capability)
    }

    fn image_name(&self, wanted: &str) -> Result<String> {
        metadata::check_length("the image's name", wanted).map(|()| wanted.to_owned())
    }

    fn barrier(&self) -> Option<String> {
        if !self.differences.networks {
            return None;
        }
        let by = match self.settings.security_groups.is_empty() {
            true => "`ssh_from` contains the address that you connect from",
            false => "`security_groups` let SSH in from here",
        };
        Some(format!(
            "check that {by}, and that the address leads to the server: `floating_ip: auto` gives it one where it \
             has none, `config_drive: true` its keys where the metadata service does not answer"
        ))
    }

    async fn region(&self, watch: &Watch) -> Result<String> {
        self.client.region(watch).await
    }

    async fn project(&self, watch: &Watch) -> Result<Option<String>> {
        Ok(Some(self.client.session(watch).await?.project.clone()))
    }

    async fn find_base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        base::find(self, wanted, call).await
    }

    async fn create(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        launch::launch(self, launch, call).await
    }

    async fn describe(&self, id: &str, call: &Call) -> Result<Option<Instance>> {
        let found = self.compute.server(&self.client, id, &call.watch).await?;
        Ok(found.map(|server| instance::of(self, &server)))
    }

    async fn start(&self, id: &str, call: &Call) -> Result<Instance> {
        power::start(self, id, call).await
    }

    async fn stop(&self, id: &str, call: &Call) -> Result<()> {
        self.require(Capability::Stop)?;
        power::stop(self, id, call).await
    }

    async fn restart(&self, id: &str, call: &Call) -> Result<Instance> {
        if !self.can(Capability::Stop) {
            return power::reboot(self, id, call).await;
        }
        power::stop(self, id, call).await?;
        power::start(self, id, call).await
    }

    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()> {
        destroy::destroy(self, resources, call).await
    }

    async fn console(&self, id: &str, call: &Call) -> Result<String> {
        self.require(Capability::Console)?;
        self.compute.console(&self.client, id, &call.watch).await
    }

    async fn create_image(&self, instance: &str, spec: &ImageSpec, call: &Call) -> Result<Image> {
        create_image::create(self, instance, spec, call).await
    }

    async fn list_images(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
        publish::list(self, scope, call).await
    }

    async fn image_users(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let servers = self.compute.servers(&self.client, &call.watch).await?;
        // Nova does not report the image of a server that boots from a volume.
        let by_volume = volume_users::servers_of(self, id, call).await?;
        let users =
            servers.iter().filter(|server| server.image() == id || by_volume.contains(&server.id));
        Ok(users.map(|server| format!("instance {} ({})", server.name, server.id)).collect())
    }

    async fn delete_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        delete_image::delete(self, id, force, call).await
    }

    async fn share_image(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        publish::share(self, id, with, call).await
    }

    async fn deprecate_image(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        self.require(Capability::DeprecateImage)?;
        publish::deprecate(self, id, at, call).await
    }

    async fn channel(&self, wanted: &Channel, call: &Call) -> Result<Held> {
        channel::held(self, wanted, call).await
    }

    async fn check_promotion(&self, id: &str, wanted: &Channel, call: &Call) -> Result<()> {
        channel::promotable(self, id, wanted, call).await.map(drop)
    }

    async fn promote_image(&self, id: &str, wanted: &Channel, call: &Call) -> Result<Promoted> {
        channel::promote(self, id, wanted, call).await
    }

    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        sweep::find(self, run, call).await
    }

    fn instead(&self, capability: Capability) -> Option<String> {
        self.differences.instead(capability)
    }
}

#[cfg(test)]
#[path = "../../../tests/fuzz/openstack.rs"]
mod fuzz;
