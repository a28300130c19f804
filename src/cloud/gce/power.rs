//! Starting and stopping an instance.

use reqwest::Method;

use super::fault::Failure;
use super::instance::Existing;
use super::operation::Change;
use super::provider::Gce;
use super::status::Status;
use crate::Result;
use crate::cloud::{Call, Instance};

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

    pub(super) async fn power_off(&self, id: &str, call: &Call) -> Result<()> {
        let found = self.existing(id, call).await?;
        if !matches!(found.status, Status::Stopped | Status::Suspended | Status::Stopping) {
            self.switch(&found, "stop", call).await?;
        }
        self.until_stopped(id, call).await.map(drop)
    }

    async fn switch(&self, found: &Existing, verb: &str, call: &Call) -> Result<(), Failure> {
        let path = format!("{}/{verb}", found.path());
        let purpose = format!("{verb} instance {}", found.instance.name);
        let patience = self.settings.operation_timeout;
        let change = Change::new(Method::POST, path, purpose, patience);
        self.change(&change, &call.watch).await
    }
}
