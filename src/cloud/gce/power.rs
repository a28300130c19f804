//! Starting and stopping an instance.

use reqwest::Method;

use super::Gce;
use super::failure::Failure;
use super::operation::Change;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Instance, InstanceState};
use crate::{Error, Result};

impl Gce {
    pub(super) async fn power_on(&self, id: &str, call: &Call) -> Result<Instance> {
        let (mut seen, path) = self.existing(id, call).await?;
        if seen.state == InstanceState::Stopping {
            seen = self.until_stopped(id, call).await?;
        }
        if seen.state == InstanceState::Stopped {
            let suspended = seen.reason.as_deref() == Some("it is suspended");
            let verb = if suspended { "resume" } else { "start" };
            match self.switch(&path, verb, id, call).await {
                Err(Failure::Refused(refusal)) if refusal.is_full_zone() => {
                    let zone = path.split('/').nth(1).unwrap_or_default();
                    return Err(refusal.into_error().hint(format!(
                        "it stays stopped, with its disk, and cannot move out of {zone}: `imgctl \
                         up` tries again, or `imgctl destroy` removes it and `up` with other \
                         clouds.gce.zones starts a new one"
                    )));
                }
                other => other?,
            }
        }
        let zone = path.split('/').nth(1).unwrap_or_default();
        self.until_running(zone, id, call).await
    }

    pub(super) async fn power_off(&self, id: &str, call: &Call) -> Result<()> {
        let (seen, path) = self.existing(id, call).await?;
        if !matches!(seen.state, InstanceState::Stopped | InstanceState::Stopping) {
            self.switch(&path, "stop", id, call).await?;
        }
        self.until_stopped(id, call).await.map(drop)
    }

    async fn switch(&self, path: &str, verb: &str, id: &str, call: &Call) -> Result<(), Failure> {
        let path = format!("{path}/{verb}");
        let purpose = format!("{verb} instance {id}");
        let patience = self.settings.operation_timeout;
        let change = Change::new(Method::POST, path, purpose, patience);
        self.change(&change, &call.watch).await
    }

    async fn until_stopped(&self, id: &str, call: &Call) -> Result<Instance> {
        let what = format!("instance {id} to stop");
        let patience = Patience::for_up_to(self.settings.operation_timeout);
        wait::until(&what, patience, &call.watch, || async {
            let (seen, _) = self.existing(id, call).await?;
            match seen.state {
                InstanceState::Stopped => Ok(Poll::Ready(seen)),
                InstanceState::Gone => Err(Error::failed(format!("instance {id} is deleted"))),
                state => Ok(Poll::Pending(format!("it is {state:?}").to_lowercase())),
            }
        })
        .await
    }
}
