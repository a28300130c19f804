//! Stopping an instance and starting it again.

use aws_sdk_ec2::types;

use super::instance;
use super::provider::Ec2;
use crate::cloud::{Call, Instance, InstanceState, ResourceKind, refusals};
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
        let found = found.filter(|found| instance::state(found) != InstanceState::Gone);
        found.ok_or_else(|| {
            refusals::gone(ResourceKind::Instance, id)
                .hint("run `imgctl destroy`, then `imgctl up` to start a new one")
        })
    }

    pub(super) async fn power_on(&self, id: &str, call: &Call) -> Result<Instance> {
        let found = self.existing(id, call).await?;
        if instance::state(&found) == InstanceState::Stopping {
            self.until_stopped(id, call).await?;
        }
        if matches!(instance::state(&found), InstanceState::Stopping | InstanceState::Stopped) {
            let send = |ec2: aws_sdk_ec2::Client| ec2.start_instances().instance_ids(id).send();
            self.clients.call(None, "StartInstances", &call.watch, send).await?;
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
                self.clients.call(None, "StopInstances", &call.watch, send).await?;
            }
        }
        self.until_stopped(id, call).await
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
