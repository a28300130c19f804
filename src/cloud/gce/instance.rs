//! Instances: looking them up, translating them, and waiting for their states.

use serde_json::Value;

use super::name::last;
use super::provider::Gce;
use super::status::{Status, reason, word};
use super::tags::{IMAGE_KEY, tags};
use crate::cloud::refusals::{self, NO_REASON};
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Instance, InstanceState, Resource, ResourceKind, Tags, units};
use crate::{Error, Result};

/// An instance that exists, and where.
pub struct Existing {
    pub instance: Instance,
    pub status: Status,
    /// The API's word for it.
    pub word: String,
    pub zone: String,
    pub has_local_disks: bool,
}

impl Existing {
    /// Below the project: `zones/Z/instances/NAME`.
    pub fn path(&self) -> String {
        format!("zones/{}/instances/{}", self.zone, self.instance.name)
    }
}

pub fn instance(found: &Value) -> Instance {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let state = Status::of(found).state();
    let card = &found["networkInterfaces"][0];
    let external = card["accessConfigs"][0]["natIP"].as_str();
    // A stopped instance keeps its internal address, where nothing answers.
    let address =
        external.or(card["networkIP"].as_str()).filter(|_| state != InstanceState::Stopped);
    let items = found["metadata"]["items"].as_array().into_iter().flatten();
    let image =
        items.filter(|item| item["key"] == IMAGE_KEY).map(|item| text(&item["value"])).next();
    Instance {
        id: text(&found["name"]),
        name: text(&found["name"]),
        state,
        reason: reason(found),
        address: address.filter(|address| !address.is_empty()).map(str::to_owned),
        ssh_port: 22,
        zone: found["zone"].as_str().map(|zone| last(zone).to_owned()),
        image: image.unwrap_or_default(),
        created: units::utc(found["creationTimestamp"].as_str().unwrap_or_default()),
        tags: tags(&found["labels"]),
    }
}

/// Local SSDs, whose contents end with a stop.
pub fn has_local_disks(instance: &Value) -> bool {
    let disks = instance["disks"].as_array().into_iter().flatten();
    disks.into_iter().any(|disk| disk["type"] == "SCRATCH")
}

impl Gce {
    pub(super) async fn get_instance(
        &self,
        zone: &str,
        name: &str,
        call: &Call,
    ) -> Result<Option<Value>> {
        let root = self.root(&call.watch).await?;
        let path = format!("{root}/zones/{zone}/instances/{name}");
        self.api.find(&path, &format!("look up instance {name}"), &call.watch).await
    }

    /// As [`Gce::get_instance`], for one that was seen before: None only after several misses.
    pub(super) async fn get_instance_surely(
        &self,
        zone: &str,
        name: &str,
        call: &Call,
    ) -> Result<Option<Value>> {
        let root = self.root(&call.watch).await?;
        let path = format!("{root}/zones/{zone}/instances/{name}");
        self.api.find_surely(&path, &format!("look up instance {name}"), &call.watch).await
    }

    /// An instance as the API describes it, and its zone; None when it does not exist.
    async fn look_up(&self, id: &str, call: &Call) -> Result<Option<(Value, String)>> {
        let known = call.ledger.resources()?.into_iter().find(|resource| {
            resource.kind == ResourceKind::Instance && resource.id.as_deref() == Some(id)
        });
        if let Some(zone) = known.as_ref().and_then(|resource| resource.attribute("zone")) {
            return Ok(self
                .get_instance_surely(zone, id, call)
                .await?
                .map(|found| (found, zone.to_owned())));
        }
        // Not recorded: it was not made by this run, or has been deleted since.
        let path = format!("{}/aggregated/instances", self.root(&call.watch).await?);
        let filter = format!("name = \"{id}\"");
        let found = self.api.list(&path, &filter, "find the instance", &call.watch).await?;
        Ok(found.into_iter().find(|found| found["name"] == id).map(|found| {
            let zone = last(found["zone"].as_str().unwrap_or_default()).to_owned();
            (found, zone)
        }))
    }

    /// An instance that must exist.
    pub(super) async fn existing(&self, id: &str, call: &Call) -> Result<Existing> {
        let (found, zone) = self.look_up(id, call).await?.ok_or_else(|| {
            refusals::gone(ResourceKind::Instance, id)
                .hint("run `imgctl status` to see what is left")
        })?;
        Ok(Existing {
            instance: instance(&found),
            status: Status::of(&found),
            word: word(&found),
            zone,
            has_local_disks: has_local_disks(&found),
        })
    }

    /// A recorded instance that no longer exists is gone, and the likely cause is its reason.
    pub(super) async fn described(&self, id: &str, call: &Call) -> Result<Option<Instance>> {
        if let Some((found, _)) = self.look_up(id, call).await? {
            return Ok(Some(instance(&found)));
        }
        let known = call.ledger.resources()?;
        let is_it = |resource: &Resource| {
            resource.kind == ResourceKind::Instance && resource.id.as_deref() == Some(id)
        };
        let is_its_disk = |resource: &&Resource| {
            resource.kind == ResourceKind::Disk && resource.attribute("instance") == Some(id)
        };
        if !known.iter().any(is_it) {
            return Ok(None);
        }
        let who = match self.settings.max_run_time {
            Some(_) => "deleted by the cloud after its max_run_time, or by someone else",
            None => "deleted by the cloud or by someone else",
        };
        let disk = match known.iter().find(is_its_disk) {
            Some(disk) if self.exists(disk, call).await? => "its disk still exists",
            _ => "its disk no longer exists",
        };
        Ok(Some(Instance {
            id: id.to_owned(),
            name: id.to_owned(),
            state: InstanceState::Gone,
            reason: Some(format!("{who}; {disk}")),
            address: None,
            ssh_port: 22,
            zone: None,
            image: String::new(),
            created: String::new(),
            tags: Tags::new(),
        }))
    }

    /// Fails for an instance that was stopped, with the reason.
    pub(super) async fn still_runs(&self, id: &str, call: &Call) -> Result<()> {
        let seen = self.existing(id, call).await?.instance;
        if matches!(seen.state, InstanceState::Pending | InstanceState::Running) {
            return Ok(());
        }
        Err(Error::failed(format!("instance {id} was stopped before it was ready"))
            .cause(seen.reason.unwrap_or_else(|| NO_REASON.to_owned()))
            .hint("run `imgctl up` to start it again"))
    }

    pub(super) async fn until_running(
        &self,
        zone: &str,
        name: &str,
        call: &Call,
    ) -> Result<Instance> {
        let what = format!("instance {name} to run");
        let patience = Patience::for_up_to(self.settings.operation_timeout);
        wait::until(&what, patience, &call.watch, || async {
            let found = self.get_instance_surely(zone, name, call).await?.ok_or_else(|| {
                refusals::gone(ResourceKind::Instance, name)
                    .hint("run `imgctl destroy` to remove what is left of it")
            })?;
            let seen = instance(&found);
            match seen.state {
                InstanceState::Running if seen.address.is_some() => Ok(Poll::Ready(seen)),
                InstanceState::Running => Ok(Poll::Pending("it has no address yet".to_owned())),
                InstanceState::Stopped | InstanceState::Gone | InstanceState::Failed => {
                    let message = format!("instance {name} was stopped while it was starting");
                    Err(Error::failed(message)
                        .cause(seen.reason.unwrap_or_else(|| NO_REASON.to_owned()))
                        .hint("run `imgctl up` to start it again"))
                }
                InstanceState::Pending | InstanceState::Stopping => {
                    Ok(Poll::Pending(format!("it is {}", word(&found))))
                }
            }
        })
        .await
    }

    /// Until it is neither being started nor repaired.
    pub(super) async fn until_settled(&self, id: &str, call: &Call) -> Result<Existing> {
        let what = format!("instance {id} to be started or repaired");
        let patience = Patience::for_up_to(self.settings.operation_timeout);
        wait::until(&what, patience, &call.watch, || async {
            let found = self.existing(id, call).await?;
            Ok(match found.status {
                Status::Starting => Poll::Pending(format!("it is {}", found.word)),
                _ => Poll::Ready(found),
            })
        })
        .await
    }

    pub(super) async fn until_stopped(&self, id: &str, call: &Call) -> Result<Existing> {
        let what = format!("instance {id} to stop");
        let patience = Patience::for_up_to(self.settings.operation_timeout);
        wait::until(&what, patience, &call.watch, || async {
            let found = self.existing(id, call).await?;
            match found.status {
                Status::Stopped | Status::Suspended => Ok(Poll::Ready(found)),
                Status::Deleted => Err(refusals::gone(ResourceKind::Instance, id)),
                Status::Stopping => Ok(Poll::Pending("it is stopping".to_owned())),
                Status::Starting | Status::Running => {
                    Ok(Poll::Pending("it has not begun to stop".to_owned()))
                }
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn without_an_external_address_the_internal_one_is_used() {
        let card = json!({"networkIP": "10.0.0.2", "accessConfigs": [{"natIP": "192.0.2.9"}]});
        let mut found = json!({"name": "a", "status": "RUNNING", "networkInterfaces": [card]});
        assert_eq!(instance(&found).address.as_deref(), Some("192.0.2.9"));
        found["networkInterfaces"][0]["accessConfigs"] = json!([]);
        assert_eq!(instance(&found).address.as_deref(), Some("10.0.0.2"));
        found["status"] = json!("TERMINATED");
        assert_eq!(instance(&found).address, None);
    }
}
