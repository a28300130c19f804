//! EC2, through the AWS SDK. SDK types stop here.
//!
//! Everything that is made carries the run's tag from its first moment, so that it is found again
//! even if this process is killed or a reply is lost.

mod account;
mod address;
mod attempts;
mod available;
mod base;
mod candidates;
mod channel;
mod client;
mod console;
mod create_image;
pub mod credential_sources;
mod credentials;
mod delete_image;
mod destroy;
mod fault;
mod files;
mod filter;
mod image;
mod image_users;
mod instance;
mod key_pair;
mod launch;
mod meaning;
mod name;
mod named;
mod parameters;
mod power;
mod provider;
mod publish;
mod request;
mod retry;
mod run_instances;
mod security_group;
mod share;
mod size;
mod snapshot;
mod ssh_from;
mod stray_image;
mod subnet;
mod sweep;
mod tags;
mod temporary_group;
mod transport;
mod unsupported;
mod volume;

use async_trait::async_trait;

pub use self::client::Login;
pub use self::provider::Ec2;
use super::{
    Call, Capability, Channel, Cloud, CopyTarget, Grace, Held, Image, ImageScope, ImageSpec,
    Instance, Launch, Promoted, Resource, ResourceKind, Share,
};
use crate::Result;
use crate::report::Watch;

#[async_trait]
impl Cloud for Ec2 {
    fn name(&self) -> &'static str {
        "ec2"
    }

    fn can(&self, capability: Capability) -> bool {
        match capability {
            Capability::Stop
            | Capability::Console
            | Capability::CopyImage
            | Capability::ShareImage
            | Capability::DeprecateImage
            | Capability::DeprecateImageLater
            | Capability::PromoteImage => true,
            Capability::ExportImage => false,
        }
    }

    async fn project(&self, watch: &Watch) -> Result<Option<String>> {
        let ask = || account::number(&self.clients, watch);
        self.account.get_or_try_init(ask).await.cloned()
    }

    fn project_word(&self) -> &'static str {
        "account"
    }

    fn image_name(&self, wanted: &str) -> Result<String> {
        name::check(wanted).map(|()| wanted.to_owned())
    }

    fn barrier(&self) -> Option<String> {
        let by = match self.settings.security_groups.is_empty() {
            true => "`ssh_from` contains the address that you connect from",
            false => "`security_groups` let SSH in from here",
        };
        Some(format!(
            "check that {by}, and that the instance's subnet has a route to you: a private one is reached by \
             `ssh.jump` or `ssh.proxy_command`"
        ))
    }

    async fn region(&self, watch: &Watch) -> Result<String> {
        self.clients.region(watch).await
    }

    fn grace(&self) -> Grace {
        self.settling()
    }

    fn encryption_key(&self) -> Option<String> {
        self.settings.disk.encryption_key.clone()
    }

    async fn find_base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        self.base(wanted, call).await
    }

    async fn create(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        self.launch(launch, call).await
    }

    async fn describe(&self, id: &str, call: &Call) -> Result<Option<Instance>> {
        Ok(self.look(id, call).await?.map(|found| self.instance(&found)))
    }

    async fn start(&self, id: &str, call: &Call) -> Result<Instance> {
        self.power_on(id, call).await
    }

    async fn stop(&self, id: &str, call: &Call) -> Result<()> {
        self.power_off(id, call).await
    }

    async fn restart(&self, id: &str, call: &Call) -> Result<Instance> {
        self.power_cycle(id, call).await
    }

    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()> {
        self.remove(resources, call).await
    }

    async fn console(&self, id: &str, call: &Call) -> Result<String> {
        self.console_output(id, call).await
    }

    async fn create_image(&self, instance: &str, spec: &ImageSpec, call: &Call) -> Result<Image> {
        self.make_image(instance, spec, call).await
    }

    async fn list_images(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
        self.list(scope, call).await
    }

    async fn image_users(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        self.users(id, call).await
    }

    async fn delete_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        self.remove_image(id, force, call).await?;
        call.ledger.forget(ResourceKind::Image, id)
    }

    async fn copy_image(
        &self,
        id: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<(Image, bool)> {
        self.copy(id, target, call).await
    }

    async fn find_copy(&self, id: &str, target: &CopyTarget, call: &Call) -> Result<Option<Image>> {
        self.known_copy(id, target, call).await
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
        self.promotable(id, channel, call).await
    }

    async fn promote_image(&self, id: &str, channel: &Channel, call: &Call) -> Result<Promoted> {
        self.promote(id, channel, call).await
    }

    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        self.find(run, call).await
    }
}
