//! Instances as the cloud describes them, as ours.

use jiff::Timestamp;
use serde_json::Value;

use super::Gce;
use super::api::Ask;
use super::launch::attribute;
use super::names::{last, tags};
use crate::cloud::{Call, Instance, InstanceState, Resource, ResourceKind, Tags};
use crate::{Error, Result};

/// The key of the metadata that names the image an instance was started from.
pub const IMAGE: &str = "imgctl-image";

/// How much of the console is kept for a person to read.
const CONSOLE_BYTES: &str = "-65536";

/// RFC 3339 with an offset, as RFC 3339 in UTC.
pub fn utc(time: &Value) -> String {
    let text = time.as_str().unwrap_or_default();
    let parsed = text.parse::<Timestamp>();
    parsed.map_or(text.to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

pub fn instance(found: &Value) -> Instance {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let status = found["status"].as_str().unwrap_or_default();
    let state = match status {
        "RUNNING" => InstanceState::Running,
        "STOPPING" | "PENDING_STOP" | "SUSPENDING" => InstanceState::Stopping,
        "TERMINATED" | "STOPPED" | "SUSPENDED" => InstanceState::Stopped,
        "DEPROVISIONING" => InstanceState::Gone,
        // PROVISIONING, STAGING, REPAIRING and what may come.
        _ => InstanceState::Pending,
    };
    let card = &found["networkInterfaces"][0];
    let outside = card["accessConfigs"][0]["natIP"].as_str();
    // The inner one stays reserved when it is stopped, and nobody is there.
    let address =
        outside.or(card["networkIP"].as_str()).filter(|_| state != InstanceState::Stopped);
    let items = found["metadata"]["items"].as_array().into_iter().flatten();
    let image = items.filter(|item| item["key"] == IMAGE).map(|item| text(&item["value"])).next();
    Instance {
        id: text(&found["name"]),
        name: text(&found["name"]),
        state,
        reason: reason(found, status),
        address: address.filter(|address| !address.is_empty()).map(str::to_owned),
        ssh_port: 22,
        zone: found["zone"].as_str().map(|zone| last(zone).to_owned()),
        image: image.unwrap_or_default(),
        created: utc(&found["creationTimestamp"]),
        tags: tags(&found["labels"]),
    }
}

fn reason(found: &Value, status: &str) -> Option<String> {
    let told = found["statusMessage"].as_str().filter(|told| !told.is_empty());
    if let Some(told) = told {
        return Some(told.to_owned());
    }
    let scheduling = &found["scheduling"];
    let spot = scheduling["provisioningModel"] == "SPOT" || scheduling["preemptible"] == true;
    match status {
        "TERMINATED" | "STOPPED" | "STOPPING" if spot => Some(
            "it is a spot instance: stopped by us, or by the cloud for want of room".to_owned(),
        ),
        "SUSPENDED" => Some("it is suspended".to_owned()),
        "REPAIRING" => Some("the cloud is repairing it".to_owned()),
        _ => None,
    }
}

impl Gce {
    /// The cloud's own words about an instance, and its zone; None when there is none.
    pub(super) async fn look_up(&self, id: &str, call: &Call) -> Result<Option<(Value, String)>> {
        let known = call.ledger.resources()?.into_iter().find(|resource| {
            resource.kind == ResourceKind::Instance && resource.id.as_deref() == Some(id)
        });
        let zone = known.and_then(|resource| resource.attributes.get("zone").cloned());
        if let Some(zone) = zone {
            return Ok(self.get_instance(&zone, id, call).await?.map(|found| (found, zone)));
        }
        // Not one of ours, or deleted meanwhile.
        let path = format!("{}/aggregated/instances", self.root(&call.watch).await?);
        let filter = format!("name = \"{id}\"");
        let found = self.api.list(&path, &filter, "find the instance", &call.watch).await?;
        Ok(found.into_iter().find(|found| found["name"] == id).map(|found| {
            let zone = last(found["zone"].as_str().unwrap_or_default()).to_owned();
            (found, zone)
        }))
    }

    /// One that is written down and not there any more is gone, and what is known of that its reason.
    pub(super) async fn described(&self, id: &str, call: &Call) -> Result<Option<Instance>> {
        if let Some((found, _)) = self.look_up(id, call).await? {
            return Ok(Some(instance(&found)));
        }
        let known = call.ledger.resources()?;
        let is_it = |resource: &&Resource| {
            resource.kind == ResourceKind::Instance && resource.id.as_deref() == Some(id)
        };
        let is_its_disk = |resource: &&Resource| {
            resource.kind == ResourceKind::Disk && attribute(resource, "instance") == id
        };
        if !known.iter().any(|resource| is_it(&resource)) {
            return Ok(None);
        }
        let who = match self.settings.max_run_time {
            Some(_) => "the cloud has deleted it after its max_run_time, or somebody has",
            None => "somebody has deleted it, or the cloud",
        };
        let disk = match known.iter().find(is_its_disk) {
            Some(disk) if self.is_there(disk, call).await? => "its disk is still there",
            _ => "its disk is gone, too",
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

    pub(super) async fn get_instance(
        &self,
        zone: &str,
        name: &str,
        call: &Call,
    ) -> Result<Option<Value>> {
        let root = self.root(&call.watch).await?;
        let path = format!("{root}/zones/{zone}/instances/{name}");
        self.api.find(&path, &format!("look at instance {name}"), &call.watch).await
    }

    /// An instance that must be there, and the path to it below the project.
    pub(super) async fn existing(&self, id: &str, call: &Call) -> Result<(Instance, String)> {
        let (found, zone) = self.look_up(id, call).await?.ok_or_else(|| {
            Error::not_found(format!("there is no instance {id} in the project"))
                .hint("`imgctl status` shows what there is")
        })?;
        Ok((instance(&found), format!("zones/{zone}/instances/{id}")))
    }

    /// Fails with what became of an instance that was stopped meanwhile.
    pub(super) async fn still_runs(&self, id: &str, call: &Call) -> Result<()> {
        let (seen, _) = self.existing(id, call).await?;
        if matches!(seen.state, InstanceState::Pending | InstanceState::Running) {
            return Ok(());
        }
        let why = seen.reason.unwrap_or_else(|| "no reason is given".to_owned());
        Err(Error::failed(format!("instance {id} was stopped before it could be used"))
            .cause(why)
            .hint("`imgctl up` starts it again"))
    }

    /// The end of what the serial port has said.
    pub(super) async fn serial_port(&self, id: &str, call: &Call) -> Result<String> {
        let (_, path) = self.existing(id, call).await?;
        let path = format!("{}/{path}/serialPort", self.root(&call.watch).await?);
        let query = [("port", "1"), ("start", CONSOLE_BYTES)];
        let purpose = format!("read the console of {id}");
        let answer = self.api.ask(&Ask::get(&path, &query, &purpose), &call.watch).await?;
        Ok(answer["contents"].as_str().unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        let time = json!("2026-11-23T01:15:00.250-08:00");
        assert_eq!(utc(&time), "2026-11-23T09:15:00.250Z");
    }

    #[test]
    fn without_an_outside_address_the_inner_one_is_used() {
        let card = json!({"networkIP": "10.0.0.2", "accessConfigs": [{"natIP": "192.0.2.9"}]});
        let mut found = json!({"name": "a", "status": "RUNNING", "networkInterfaces": [card]});
        assert_eq!(instance(&found).address.as_deref(), Some("192.0.2.9"));
        found["networkInterfaces"][0]["accessConfigs"] = json!([]);
        assert_eq!(instance(&found).address.as_deref(), Some("10.0.0.2"));
        found["status"] = json!("TERMINATED");
        assert_eq!(instance(&found).address, None);
    }
}
