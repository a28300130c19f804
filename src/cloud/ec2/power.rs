//! Stopping an instance and starting it again.

use aws_sdk_ec2::types;

use super::{Ec2, instance};
use crate::cloud::{Call, Instance, InstanceState};
use crate::{Code, Error, Result};

impl Ec2 {
    async fn existing(&self, id: &str, call: &Call) -> Result<types::Instance> {
        let found = self.look(id, call).await?;
        let found = found.filter(|found| instance::state(found) != InstanceState::Gone);
        found.ok_or_else(|| {
            Error::not_found(format!("instance {id} does not exist any more"))
                .hint("`imgctl destroy` forgets it, then `imgctl up` starts a new one")
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
            _ if is_spot(&found) => {
                let message = format!("instance {id} runs on spot capacity and cannot be stopped");
                return Err(Error::new(Code::Capability, message).hint(
                    "leave it running, or destroy it; without `spot` instances can be stopped",
                ));
            }
            _ => {
                let send = |ec2: aws_sdk_ec2::Client| ec2.stop_instances().instance_ids(id).send();
                self.clients.call(None, "StopInstances", &call.watch, send).await?;
            }
        }
        self.until_stopped(id, call).await
    }

    /// Off and on, so that nothing of the old boot answers any more; spot instances can only reboot.
    pub(super) async fn power_cycle(&self, id: &str, call: &Call) -> Result<Instance> {
        let found = self.existing(id, call).await?;
        if is_spot(&found) {
            let send = |ec2: aws_sdk_ec2::Client| ec2.reboot_instances().instance_ids(id).send();
            self.clients.call(None, "RebootInstances", &call.watch, send).await?;
        } else {
            self.power_off(id, call).await?;
        }
        self.power_on(id, call).await
    }
}

pub fn is_spot(instance: &types::Instance) -> bool {
    instance.instance_lifecycle() == Some(&types::InstanceLifecycleType::Spot)
}
