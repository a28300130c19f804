//! OpenStack: any cloud with keystone v3, and by other habits and another identity what is built on
//! it, such as Rackspace.
//!
//! Nova has no idempotency tokens: what a run makes carries its marks (`mark.rs`), and is looked for
//! by them before it is made.

mod address;
mod base;
mod boot_volume;
mod catalogue;
pub mod client;
mod compute;
mod create_image;
mod delete;
mod delete_image;
mod disk;
mod earlier;
mod fault;
pub mod habits;
mod identity;
mod images;
mod key_pair;
mod launch;
mod mark;
mod metadata;
mod network;
mod open;
mod power;
mod publish;
mod security_group;
mod snapshots;
mod sweep;
mod volumes;

pub use self::catalogue::{Catalogue, Entry};
pub use self::identity::facts::Tls;
pub use self::identity::keystone::refused;
pub use self::identity::{Identity, Session};
pub use self::images::Images;
pub use self::open::{Options, open, trusting};

use async_trait::async_trait;

use self::client::Client;
use self::compute::Compute;
use self::compute::servers::Server;
use self::habits::Habits;
use super::{
    Call, Capability, Cloud, Image, ImageScope, ImageSpec, Instance, Launch, Resource, Share,
};
use crate::config::openstack::Settings;
use crate::report::Watch;
use crate::{Error, Result};

/// One region of a cloud, in one project.
pub struct OpenStack {
    settings: Settings,
    habits: Habits,
    options: Options,
    client: Client,
    compute: Compute,
}

impl OpenStack {
    /// `client` is logged in lazily: making this costs nothing remote.
    #[must_use]
    pub fn new(settings: Settings, options: Options, habits: Habits, client: Client) -> OpenStack {
        let compute = Compute::new(habits.microversions);
        OpenStack { settings, habits, options, client, compute }
    }

    fn instance(&self, server: &Server) -> Instance {
        let state = power::state(server);
        let told = server.fault().map(str::to_owned);
        let reason =
            told.or_else(|| power::is_unusual(&server.status).then(|| server.status.clone()));
        Instance {
            id: server.id.clone(),
            name: server.name.clone(),
            state,
            reason,
            address: address::choose(&server.addresses, self.settings.address),
            ssh_port: 22,
            zone: server.zone.clone().filter(|zone| !zone.is_empty()),
            image: server.image().to_owned(),
            created: server.created.clone(),
            tags: server.metadata.clone(),
        }
    }

    /// As [`Cloud::describe`], for a server that must be there.
    async fn server(&self, id: &str, call: &Call) -> Result<Server> {
        let found = self.compute.server(&self.client, id, &call.watch).await?;
        found.ok_or_else(|| Error::not_found(format!("server {id} does not exist any more")))
    }
}

#[async_trait]
impl Cloud for OpenStack {
    fn name(&self) -> &'static str {
        self.habits.name
    }

    fn can(&self, capability: Capability) -> bool {
        self.habits.can(capability)
    }

    fn image_name(&self, wanted: &str) -> Result<String> {
        metadata::check_length("the image's name", wanted).map(|()| wanted.to_owned())
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
        Ok(found.map(|server| self.instance(&server)))
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
        delete::destroy(self, resources, call).await
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
        // Nova does not tell the image of a server that boots from a volume.
        let by_volume = disk::servers_of(self, id, call).await?;
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

    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        sweep::find(self, run, call).await
    }

    fn instead(&self, capability: Capability) -> Option<String> {
        self.habits.instead(capability).map(|hint| hint.replace("CLOUD", self.name()))
    }
}
