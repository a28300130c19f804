//! Removing resources, each verified to be gone.

use reqwest::Method;
use serde_json::Value;

use super::image::path_of;
use super::late::Grace;
use super::name::last;
use super::operation::Change;
use super::provider::Gce;
use super::sweep::resource;
use super::tags::is_of_run;
use crate::cloud::{Call, Resource, ResourceKind};
use crate::{Error, Result};

/// The collection that a resource belongs to, below the project.
fn collection(kind: ResourceKind, zone: &str) -> Option<String> {
    match kind {
        ResourceKind::Instance => Some(format!("zones/{zone}/instances")),
        ResourceKind::Disk => Some(format!("zones/{zone}/disks")),
        ResourceKind::Image => Some("global/images".to_owned()),
        _ => None,
    }
}

impl Gce {
    /// Removes these and verifies each gone: unfinished images before the disk that they are made of, an
    /// instance before its disk. Requests that were recorded and may still arrive are waited for.
    pub(super) async fn remove(&self, resources: &[Resource], call: &Call) -> Result<()> {
        self.remove_after(resources, Grace::full(), call).await
    }

    /// As [`Gce::remove`], with another grace.
    pub(super) async fn remove_after(
        &self,
        resources: &[Resource],
        grace: Grace,
        call: &Call,
    ) -> Result<()> {
        let mut order: Vec<&Resource> = resources.iter().collect();
        order.sort_by_key(|resource| match resource.kind {
            ResourceKind::Image if resource.id.is_none() => 0,
            ResourceKind::Instance => 1,
            ResourceKind::Disk => 2,
            _ => 3,
        });
        for resource in order {
            call.watch.check()?;
            self.remove_one(resource, grace, call).await?;
            if !resource.token.is_empty() {
                call.ledger.gone(&resource.token)?;
            }
        }
        Ok(())
    }

    async fn remove_one(&self, resource: &Resource, grace: Grace, call: &Call) -> Result<()> {
        let kind = resource.kind;
        let Some(name) = resource.id.as_deref().or(resource.attribute("name")) else {
            // A name is recorded before anything is requested: nothing was.
            return Ok(());
        };
        let zone = match resource.attribute("zone") {
            Some(zone) => zone.to_owned(),
            None if kind == ResourceKind::Image => String::new(),
            None => match self.zone_of(kind, name, call).await? {
                Some(zone) => zone,
                None => return Ok(()),
            },
        };
        let Some(collection) = collection(kind, &zone) else {
            return Err(Error::failed(format!("gce has no resources of the kind {kind}")));
        };
        let path = format!("{collection}/{name}");
        if resource.id.is_none() {
            let whole = format!("{}/{path}", self.root(&call.watch).await?);
            let place =
                if kind == ResourceKind::Image { "global" } else { &format!("zones/{zone}") };
            let found = self.made_by(resource, &whole, place, grace, call).await?;
            // Another owner's resource of the same name stays.
            if !found.is_some_and(|found| is_of_run(&found, &call.run)) {
                return Ok(());
            }
        }
        self.delete_surely(kind, name, &path, &format!("delete {kind} {name}"), call).await
    }

    /// Removes the instances of this run that use the disk and are not recorded: they would keep it.
    pub(super) async fn remove_users(&self, disk: &Value, call: &Call) -> Result<()> {
        let users = disk["users"].as_array().into_iter().flatten();
        for user in users.filter_map(Value::as_str).map(path_of) {
            let found = self.api.find(user, "look up a user of the disk", &call.watch).await?;
            if let Some(found) = found.filter(|found| is_of_run(found, &call.run)) {
                let instance = resource(ResourceKind::Instance, &found);
                Box::pin(self.remove_one(&instance, Grace::none(), call)).await?;
            }
        }
        Ok(())
    }

    /// Whether a recorded resource exists.
    pub(super) async fn exists(&self, resource: &Resource, call: &Call) -> Result<bool> {
        let (kind, zone) = (resource.kind, resource.attribute("zone").unwrap_or_default());
        let (Some(name), Some(collection)) = (resource.attribute("name"), collection(kind, zone))
        else {
            return Ok(false);
        };
        let path = format!("{}/{collection}/{name}", self.root(&call.watch).await?);
        let purpose = format!("look up {kind} {name}");
        Ok(self.api.find(&path, &purpose, &call.watch).await?.is_some())
    }

    async fn zone_of(&self, kind: ResourceKind, name: &str, call: &Call) -> Result<Option<String>> {
        let list = if kind == ResourceKind::Disk { "disks" } else { "instances" };
        let path = format!("{}/aggregated/{list}", self.root(&call.watch).await?);
        let filter = format!("name = \"{name}\"");
        let purpose = format!("find {kind} {name}");
        let found = self.api.list(&path, &filter, &purpose, &call.watch).await?;
        let found = found.into_iter().find(|found| found["name"] == name);
        Ok(found.map(|found| last(found["zone"].as_str().unwrap_or_default()).to_owned()))
    }

    /// Deletes an instance and keeps its boot disk, even if the disk was set to be deleted with it.
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
        let purpose = format!("delete instance {name} and keep its disk");
        self.delete_surely(ResourceKind::Instance, name, &path, &purpose, call).await
    }
}
