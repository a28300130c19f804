//! Deleting an image, and what uses it: instances, templates and the family that leads to it.

use serde_json::Value;

use super::image::{image as told, path_of};
use super::name::last;
use super::provider::Gce;
use crate::Result;
use crate::cloud::{Call, ResourceKind, channel, refusals};

impl Gce {
    /// Instances whose disks were made from it, instance templates that name it, and the family whose newest
    /// image it is: who asks for the family starts from it.
    pub(super) async fn users_of(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let found = self.known_image(id, call).await?;
        let image = path_of(found["selfLink"].as_str().unwrap_or_default()).to_owned();
        let root = self.root(&call.watch).await?;
        let is_it = |source: &Value| source.as_str().is_some_and(|source| path_of(source) == image);
        let purpose = format!("find the users of image {id}");
        let mut users = Vec::new();
        let disks = format!("{root}/aggregated/disks");
        for disk in self.api.list(&disks, "", &purpose, &call.watch).await? {
            if !is_it(&disk["sourceImage"]) {
                continue;
            }
            let instances = disk["users"].as_array().into_iter().flatten();
            let names = instances.filter_map(|user| Some(last(user.as_str()?)));
            users.extend(names.map(|name| format!("instance {name}")));
        }
        // Global and regional templates.
        let templates = format!("{root}/aggregated/instanceTemplates");
        for template in self.api.list(&templates, "", &purpose, &call.watch).await? {
            let disks = template["properties"]["disks"].as_array().into_iter().flatten();
            if disks.into_iter().any(|disk| is_it(&disk["initializeParams"]["sourceImage"])) {
                let name = template["name"].as_str().unwrap_or_default();
                users.push(format!("instance template {name}"));
            }
        }
        if let Some(family) = found["family"].as_str().filter(|family| !family.is_empty()) {
            let members = self.members(family, call).await?;
            if members.last().is_some_and(|newest| newest["name"] == found["name"]) {
                users.push(format!("family {family}"));
            }
        }
        users.extend(channel::of_tags(&told(&found).tags));
        Ok(users)
    }

    pub(super) async fn remove_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        let found = self.known_image(id, call).await?;
        let name = found["name"].as_str().unwrap_or_default();
        let users = if force { Vec::new() } else { self.users_of(name, call).await? };
        if !users.is_empty() {
            return Err(refusals::in_use(ResourceKind::Image, name, &users).hint(
                "delete its users first, promote another image to the family, or pass force=true (they are not \
                 deleted with it)",
            ));
        }
        let path = format!("global/images/{name}");
        let purpose = format!("delete image {name}");
        self.delete_surely(ResourceKind::Image, name, &path, &purpose, call).await?;
        call.ledger.forget(ResourceKind::Image, name)
    }
}
