//! Stopping an instance and starting it again.

use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ec2::{Client, types};

use super::instance;
use super::provider::Ec2;
use crate::cloud::{Call, Instance, InstanceState};
use crate::{Code, Error, Result};

impl Ec2 {
    /// An instance that was not terminated.
    ///
    /// # Errors
    /// `NotFound` when it is terminated or unknown to EC2.
    pub(super) async fn existing(&self, id: &str, call: &Call) -> Result<types::Instance> {
        let what = format!("instance {id}");
        let look = || self.look(id, call);
        let found = self.settling().find_known(&what, &call.watch, look).await?;
        match found {
            Some(found) if instance::state(&found) != InstanceState::Gone => Ok(found),
            found => Err(instance::gone(id, found.as_ref())),
        }
    }

    pub(super) async fn power_on(&self, id: &str, call: &Call) -> Result<Instance> {
        let found = self.existing(id, call).await?;
        if instance::state(&found) == InstanceState::Stopping {
            self.until_stopped(id, call).await?;
        }
        if matches!(instance::state(&found), InstanceState::Stopping | InstanceState::Stopped) {
            let send = |ec2: aws_sdk_ec2::Client| ec2.start_instances().instance_ids(id).send();
            self.when_ready("StartInstances", id, call, send).await?;
        }
        let running = self.until_restarted(id, call).await?;
        Ok(self.instance(&running))
    }

    pub(super) async fn power_off(&self, id: &str, call: &Call) -> Result<()> {
        let found = self.existing(id, call).await?;
        match instance::state(&found) {
            InstanceState::Stopped => return Ok(()),
            InstanceState::Stopping => {}
            _ if instance::is_spot(&found) => {
                let message = format!("instance {id} runs on spot capacity and cannot be stopped");
                return Err(Error::new(Code::Capability, message).hint(
                    "keep it running or run `imgctl destroy`; omit `spot` for instances that can be \
                     stopped",
                ));
            }
            _ => {
                let send = |ec2: aws_sdk_ec2::Client| ec2.stop_instances().instance_ids(id).send();
                self.when_ready("StopInstances", id, call, send).await?;
            }
        }
        self.until_stopped(id, call).await
    }

    /// Sends a request that depends on the instance's state, which not every server of EC2 may know.
    async fn when_ready<T, E, F>(
        &self,
        action: &'static str,
        id: &str,
        call: &Call,
        send: impl Fn(Client) -> F,
    ) -> Result<()>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    {
        let request = || self.clients.call(None, action, &call.watch, &send);
        let what = format!("instance {id} to be ready for {action}");
        let look = || async {
            match request().await {
                Err(fault) if fault.is("IncorrectInstanceState") => Ok(None),
                other => Ok(Some(other.map(drop))),
            }
        };
        match self.settling().find(&what, &call.watch, look).await? {
            Some(sent) => Ok(sent?),
            // What is still refused after that time is refused: this returns EC2's error.
            None => Ok(request().await.map(drop)?),
        }
    }

    /// Stops and starts it, so that the old boot answers no more; a spot instance can only reboot.
    pub(super) async fn power_cycle(&self, id: &str, call: &Call) -> Result<Instance> {
        let found = self.existing(id, call).await?;
        if instance::is_spot(&found) {
            let send = |ec2: aws_sdk_ec2::Client| ec2.reboot_instances().instance_ids(id).send();
            self.clients.call(None, "RebootInstances", &call.watch, send).await?;
        } else {
            self.power_off(id, call).await?;
        }
        self.power_on(id, call).await
    }
}
