//! EC2, through the AWS SDK. SDK types stop here.
//!
//! Everything that is made carries the run's tag from its first moment, so that it is found again
//! whatever became of this process or of a reply.

mod access;
mod account;
mod base;
mod client;
mod create_image;
mod delete_image;
mod destroy;
mod fault;
mod find;
mod image;
mod instance;
mod key_pair;
mod launch;
mod name;
mod power;
mod publish;
mod request;
mod retry;
mod tags;

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::OnceCell;

use self::client::Clients;
use super::wait::Patience;
use super::{
    Call, Capability, Cloud, CopyTarget, Image, ImageScope, ImageSpec, Instance, Launch, Resource,
    ResourceKind, Share,
};
use crate::config::ec2::Settings;
use crate::report::Watch;
use crate::{Error, Result};

/// At least this between two looks: EC2 counts the requests of the whole account.
const GAP: Duration = Duration::from_millis(500);

/// One region of an account.
pub struct Ec2 {
    settings: Settings,
    distribution: String,
    clients: Clients,
    account: OnceCell<Option<String>>,
}

impl Ec2 {
    /// `region` may be empty: then the SDK's own chain names it.
    #[must_use]
    pub fn new(settings: Settings, region: &str, distribution: &str) -> Ec2 {
        let clients = Clients::new(&settings, region);
        let account = OnceCell::new();
        Ec2 { settings, distribution: distribution.to_owned(), clients, account }
    }

    fn patience(&self, deadline: Duration) -> Patience {
        Patience::for_up_to(deadline).at_most_every(self.settings.poll_every).with_gaps_of(GAP)
    }
}

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
            | Capability::DeprecateImage => true,
            Capability::ExportImage => false,
        }
    }

    async fn project(&self, watch: &Watch) -> Result<Option<String>> {
        self.account.get_or_try_init(|| account::number(self, watch)).await.cloned()
    }

    fn project_word(&self) -> &'static str {
        "account"
    }

    fn image_name(&self, wanted: &str) -> Result<String> {
        name::check(wanted).map(|()| wanted.to_owned())
    }

    async fn region(&self, watch: &Watch) -> Result<String> {
        self.clients.region(watch).await
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
        let ask = |latest: bool| {
            move |ec2: aws_sdk_ec2::Client| {
                let request = ec2.get_console_output().instance_id(id);
                request.set_latest(latest.then_some(true)).send()
            }
        };
        let action = "GetConsoleOutput";
        let reply = match self.clients.call(None, action, &call.watch, ask(true)).await {
            // Only newer kinds of instances have a live console.
            Err(fault)
                if fault.is_any(&["UnsupportedOperation", "InvalidParameterCombination"]) =>
            {
                self.clients.call(None, action, &call.watch, ask(false)).await
            }
            other => other,
        };
        let output = reply.map_err(Error::from)?.output.unwrap_or_default();
        let bytes = BASE64_STANDARD
            .decode(output.trim())
            .map_err(|error| Error::failed("EC2's console output is not base64").cause(error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
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
        for resource in call.ledger.resources()? {
            if resource.kind == ResourceKind::Image && resource.id.as_deref() == Some(id) {
                call.ledger.gone(&resource.token)?;
            }
        }
        Ok(())
    }

    async fn copy_image(
        &self,
        id: &str,
        target: &CopyTarget,
        call: &Call,
    ) -> Result<(Image, bool)> {
        self.copy(id, target, call).await
    }

    async fn share_image(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        self.share(id, with, call).await
    }

    async fn deprecate_image(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        self.deprecate(id, at, call).await
    }

    async fn find_run(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        self.find(run, call).await
    }
}
