//! Removing what was made, and finding what carries a run's label.

use reqwest::Method;
use serde_json::Value;

use super::Gce;
use super::image::path_of;
use super::instance::utc;
use super::launch::attribute;
use super::names::{last, request_id};
use super::operation::Change;
use super::places::region_of;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, RUN_TAG, Resource, ResourceKind};
use crate::{Error, Result};

/// Where a thing is, below the project.
fn collection(kind: ResourceKind, zone: &str) -> Option<String> {
    match kind {
        ResourceKind::Instance => Some(format!("zones/{zone}/instances")),
        ResourceKind::Disk => Some(format!("zones/{zone}/disks")),
        ResourceKind::Image => Some("global/images".to_owned()),
        _ => None,
    }
}

fn noun(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Instance => "instance",
        ResourceKind::Disk => "disk",
        _ => "image",
    }
}

impl Gce {
    /// Removes these, an instance before its disk, and verifies each gone.
    pub(super) async fn remove(&self, resources: &[Resource], call: &Call) -> Result<()> {
        let mut order: Vec<&Resource> = resources.iter().collect();
        order.sort_by_key(|resource| match resource.kind {
            ResourceKind::Instance => 0,
            ResourceKind::Disk => 1,
            _ => 2,
        });
        for resource in order {
            call.watch.check()?;
            self.remove_one(resource, call).await?;
            if !resource.token.is_empty() {
                call.ledger.gone(&resource.token)?;
            }
        }
        Ok(())
    }

    async fn remove_one(&self, resource: &Resource, call: &Call) -> Result<()> {
        let (kind, watch) = (resource.kind, &call.watch);
        let name = resource.id.as_deref().unwrap_or(attribute(resource, "name"));
        let mut zone = attribute(resource, "zone").to_owned();
        if name.is_empty() {
            // Never asked for: its name is written down first.
            return Ok(());
        }
        if zone.is_empty() && kind != ResourceKind::Image {
            let Some(found) = self.zone_of(kind, name, call).await? else { return Ok(()) };
            zone = found;
        }
        let Some(collection) = collection(kind, &zone) else {
            return Err(Error::failed(format!("gce has nothing of the kind {kind:?}")));
        };
        let root = self.root(watch).await?;
        let path = format!("{collection}/{name}");
        let whole = format!("{root}/{path}");
        let noun = noun(kind);
        let looking = format!("look at {noun} {name}");
        if resource.id.is_none() {
            // Asked for, and perhaps only now being made.
            let place =
                if kind == ResourceKind::Image { "global" } else { &format!("zones/{zone}") };
            let patience = self.settings.operation_timeout;
            self.settle(place, &request_id(&resource.token), patience, watch).await?;
            let found = self.api.find(&whole, &looking, watch).await?;
            // One of somebody else's that has this name stays.
            if found.is_none_or(|found| found["labels"][RUN_TAG] != call.run.as_str()) {
                return Ok(());
            }
        }
        if kind == ResourceKind::Disk {
            self.remove_users(&whole, call).await?;
        }
        self.delete(path, format!("delete {noun} {name}"), watch).await?;
        let patience = Patience::for_up_to(self.settings.operation_timeout);
        let what = format!("{noun} {name} to be gone");
        wait::until(&what, patience, watch, || async {
            let found = self.api.find(&whole, &looking, watch).await?;
            Ok(match found {
                None => Poll::Ready(()),
                Some(found) => Poll::Pending(format!("it is still there, {}", found["status"])),
            })
        })
        .await
    }

    /// Instances of this run that are not written down any more and would keep the disk.
    async fn remove_users(&self, disk: &str, call: &Call) -> Result<()> {
        let found = self.api.find(disk, "look at who uses the disk", &call.watch).await?;
        let users = found.as_ref().and_then(|found| found["users"].as_array());
        for user in users.into_iter().flatten().filter_map(Value::as_str).map(path_of) {
            let found = self.api.find(user, "look at who uses the disk", &call.watch).await?;
            let found = found.filter(|found| found["labels"][RUN_TAG] == call.run.as_str());
            if let Some(found) = found {
                Box::pin(self.remove_one(&resource(ResourceKind::Instance, &found), call)).await?;
            }
        }
        Ok(())
    }

    /// Whether a thing that is written down is there.
    pub(super) async fn is_there(&self, resource: &Resource, call: &Call) -> Result<bool> {
        let (kind, name) = (resource.kind, attribute(resource, "name"));
        let Some(collection) = collection(kind, attribute(resource, "zone")) else {
            return Ok(false);
        };
        let path = format!("{}/{collection}/{name}", self.root(&call.watch).await?);
        let purpose = format!("look at {} {name}", noun(kind));
        Ok(self.api.find(&path, &purpose, &call.watch).await?.is_some())
    }

    async fn zone_of(&self, kind: ResourceKind, name: &str, call: &Call) -> Result<Option<String>> {
        let list = if kind == ResourceKind::Disk { "disks" } else { "instances" };
        let path = format!("{}/aggregated/{list}", self.root(&call.watch).await?);
        let filter = format!("name = \"{name}\"");
        let purpose = format!("find {} {name}", noun(kind));
        let found = self.api.list(&path, &filter, &purpose, &call.watch).await?;
        let found = found.into_iter().find(|found| found["name"] == name);
        Ok(found.map(|found| last(found["zone"].as_str().unwrap_or_default()).to_owned()))
    }

    /// Deletes an instance so that its boot disk stays, whatever was set for it meanwhile.
    pub(super) async fn delete_but_disk(
        &self,
        found: &Value,
        zone: &str,
        call: &Call,
    ) -> Result<()> {
        let name = found["name"].as_str().unwrap_or_default();
        let path = format!("zones/{zone}/instances/{name}");
        let disks = found["disks"].as_array().into_iter().flatten();
        for disk in disks.filter(|disk| disk["boot"] == true && disk["autoDelete"] == true) {
            let device = disk["deviceName"].as_str().unwrap_or_default();
            let query = [("autoDelete", "false"), ("deviceName", device)];
            let mut change = Change::new(
                Method::POST,
                format!("{path}/setDiskAutoDelete"),
                format!("keep the disk of {name}"),
                self.settings.operation_timeout,
            );
            change.query = &query;
            self.change(&change, &call.watch).await?;
        }
        let purpose = format!("delete instance {name}, keeping its disk");
        self.delete(path, purpose, &call.watch).await?;
        Ok(())
    }

    /// Everything with the label of a run, or of any.
    pub(super) async fn labelled(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        let filter = match run {
            Some(run) => format!("labels.{RUN_TAG} = \"{run}\""),
            None => format!("labels.{RUN_TAG}:*"),
        };
        let root = self.root(&call.watch).await?;
        // This run's own region is known, that of another is not.
        let own = run.filter(|run| *run == call.run);
        let region = own.and_then(|_| self.region_name().ok());
        let mut found = Vec::new();
        for (kind, path) in [
            (ResourceKind::Instance, "aggregated/instances"),
            (ResourceKind::Disk, "aggregated/disks"),
            (ResourceKind::Image, "global/images"),
        ] {
            let path = format!("{root}/{path}");
            let purpose = format!("find the {}s of imgctl", noun(kind));
            let listed = self.api.listed(&path, &filter, &purpose, &call.watch).await?;
            // A run has nothing in other regions; where its own cannot be reached, something may be.
            let matters = |place: &str| match &region {
                Some(region) if place.contains("zones/") => region_of(last(place)) == region,
                Some(region) if place.contains("regions/") => last(place) == region,
                _ => true,
            };
            let items = listed.whole(&purpose, matters)?;
            let wanted = |item: &&Value| match (item["labels"][RUN_TAG].as_str(), run) {
                (Some(label), Some(run)) => label == run,
                (label, _) => label.is_some(),
            };
            found.extend(items.iter().filter(wanted).map(|item| resource(kind, item)));
        }
        Ok(found)
    }
}

fn resource(kind: ResourceKind, item: &Value) -> Resource {
    let name = item["name"].as_str().unwrap_or_default().to_owned();
    let zone = last(item["zone"].as_str().unwrap_or_default()).to_owned();
    let run = item["labels"][RUN_TAG].as_str().unwrap_or_default().to_owned();
    let mut attributes = std::collections::BTreeMap::from([
        ("name".to_owned(), name.clone()),
        ("run".to_owned(), run),
        ("created".to_owned(), utc(&item["creationTimestamp"])),
    ]);
    if !zone.is_empty() {
        attributes.insert("zone".to_owned(), zone.clone());
    }
    Resource {
        kind,
        role: String::new(),
        // It was never written down, or its record is dealt with elsewhere.
        token: String::new(),
        id: Some(name),
        region: region_of(&zone).to_owned(),
        attributes,
    }
}
