//! Starting and stopping an instance.

use reqwest::Method;

use super::fault::Failure;
use super::instance::Existing;
use super::operation::Change;
use super::provider::Gce;
use super::status::{KEPT, Status};
use crate::cloud::{Call, Instance};
use crate::report::Level;
use crate::{Code, Error, Result};

impl Gce {
    pub(super) async fn power_on(&self, id: &str, call: &Call) -> Result<Instance> {
        let mut found = self.existing(id, call).await?;
        if found.status == Status::Stopping {
            found = self.until_stopped(id, call).await?;
        }
        let verb = match found.status {
            Status::Stopped => Some("start"),
            Status::Suspended => Some("resume"),
            _ => None,
        };
        if let Some(verb) = verb {
            match self.switch(&found, verb, call).await {
                Err(Failure::Refused(refusal)) if refusal.is_full_zone() => {
                    let zone = &found.zone;
                    return Err(refusal.into_error().hint(format!(
                        "run `imgctl up` again later: the instance and its disk cannot be moved out \
                         of {zone}; or run `imgctl destroy`, and `up` with other clouds.gce.zones"
                    )));
                }
                other => other?,
            }
        }
        self.until_running(&found.zone, id, call).await
    }

    /// Returns what it is then: stopped, or suspended if somebody else did that.
    pub(super) async fn power_off(&self, id: &str, call: &Call) -> Result<Status> {
        let mut found = self.existing(id, call).await?;
        // Google stops only what runs.
        if found.status == Status::Starting {
            found = self.until_settled(id, call).await?;
        }
        if found.status == Status::Running {
            self.may_lose_local_disks(&found)?;
            self.switch(&found, "stop", call).await?;
        }
        Ok(self.until_stopped(id, call).await?.status)
    }

    /// As [`Gce::power_off`], for whoever wants it to cost nothing.
    pub(super) async fn stop_or_tell(&self, id: &str, call: &Call) -> Result<()> {
        if self.power_off(id, call).await? == Status::Suspended {
            let message = format!("instance {id} is not stopped, but suspended, {KEPT}");
            call.watch.report.log(Level::Warning, &message);
        }
        Ok(())
    }

    fn may_lose_local_disks(&self, found: &Existing) -> Result<()> {
        if !found.has_local_disks || self.settings.discard_local_ssd {
            return Ok(());
        }
        let name = &found.instance.name;
        let message = format!("instance {name} has local SSDs, and a stop ends what is on them");
        Err(Error::new(Code::Refused, message).hint(
            "save what is needed and set clouds.gce.discard_local_ssd to true \
             (`--set discard_local_ssd=true`); or run `imgctl destroy`",
        ))
    }

    async fn switch(&self, found: &Existing, verb: &str, call: &Call) -> Result<(), Failure> {
        let path = format!("{}/{verb}", found.path());
        let purpose = format!("{verb} instance {}", found.instance.name);
        let patience = self.settings.operation_timeout;
        let mut change = Change::new(Method::POST, path, purpose, patience);
        if verb == "stop" && found.has_local_disks {
            change.query = &[("discardLocalSsd", "true")];
        }
        self.change(&change, &call.watch).await
    }
}
