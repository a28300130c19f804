//! Images: translating, listing and deleting them.

use jiff::Timestamp;
use serde_json::Value;

use super::name::last;
use super::provider::Gce;
use super::tags::tags;
use crate::cloud::{Call, Image, ImageScope, ImageState, RUN_TAG, ResourceKind, refusals, units};
use crate::report::Watch;
use crate::{Error, Result};

/// The path in an address of the API: `projects/P/global/images/NAME`. A path stays as it is.
pub fn path_of(address: &str) -> &str {
    if address.starts_with("projects/") {
        return address;
    }
    // With the slash before it: the id of a project may end with `projects`.
    address.find("/projects/").map_or(address, |at| &address[at + 1..])
}

/// The id is the name, which is unique in the project.
pub fn image(found: &Value) -> Image {
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| found[key].as_str().and_then(|digits| digits.parse::<u64>().ok());
    let state = match found["status"].as_str().unwrap_or_default() {
        "READY" => ImageState::Available,
        "FAILED" => ImageState::Failed,
        _ => ImageState::Pending,
    };
    let architecture = match found["architecture"].as_str() {
        Some("X86_64") => Some("x86_64".to_owned()),
        Some("ARM64") => Some("aarch64".to_owned()),
        _ => None,
    };
    Image {
        id: text("name"),
        name: text("name"),
        state,
        description: text("description"),
        created: units::utc(&text("creationTimestamp")),
        size: number("archiveSizeBytes"),
        architecture,
        tags: tags(&found["labels"]),
        deprecated: deprecated(found),
        attributes: [("path".to_owned(), path_of(&text("selfLink")).to_owned())].into(),
    }
}

/// When it was made, for comparisons. The text would not do: it has an offset.
pub fn created(found: &Value) -> Option<Timestamp> {
    found["creationTimestamp"].as_str()?.parse().ok()
}

/// From when on it is no longer offered.
fn deprecated(found: &Value) -> Option<String> {
    let status = &found["deprecated"];
    let date = status["deprecated"].as_str().filter(|date| !date.is_empty());
    match (date, offer(found)) {
        (Some(date), _) => Some(units::utc(date)),
        (None, Offer::Offered) => None,
        // Deprecated without a date.
        (None, _) => found["creationTimestamp"].as_str().map(units::utc),
    }
}

/// The deprecation state of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Offered,
    /// No longer offered; instances can still be started from it.
    Deprecated,
    /// Obsolete or deleted: no instance can be started from it.
    Withdrawn,
}

pub fn offer(found: &Value) -> Offer {
    match found["deprecated"]["state"].as_str().unwrap_or_default() {
        "" | "ACTIVE" => Offer::Offered,
        "DEPRECATED" => Offer::Deprecated,
        _ => Offer::Withdrawn,
    }
}

impl Gce {
    /// An image of the project that is worked in.
    pub(super) async fn get_image(&self, name: &str, call: &Call) -> Result<Option<Value>> {
        let path = format!("{}/global/images/{name}", self.root(&call.watch).await?);
        self.api.find(&path, &format!("look up image {name}"), &call.watch).await
    }

    /// An image that must exist.
    pub(super) async fn known_image(&self, id: &str, call: &Call) -> Result<Value> {
        let project = self.project(&call.watch).await?;
        let own = format!("projects/{project}/global/images/");
        let name = path_of(id).strip_prefix(&own).unwrap_or(id);
        if name.contains('/') {
            let message = format!("image {id} does not belong to the project {project}");
            return Err(Error::usage(message).hint("choose one that `imgctl list_images` shows"));
        }
        self.get_image(name, call).await?.ok_or_else(|| {
            Error::not_found(format!("there is no image {name} in the project {project}"))
                .hint("choose one that `imgctl list_images` shows")
        })
    }

    /// The path of an image for its id, which is a name or a path.
    pub(super) async fn image_path(&self, id: &str, watch: &Watch) -> Result<String> {
        if id.contains('/') {
            return Ok(id.to_owned());
        }
        Ok(format!("{}/global/images/{id}", self.root(watch).await?))
    }

    pub(super) async fn images(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
        let filter = match scope {
            ImageScope::Ours => format!("labels.{RUN_TAG}:*"),
            ImageScope::Own => String::new(),
        };
        let path = format!("{}/global/images", self.root(&call.watch).await?);
        let mut found = self.api.list(&path, &filter, "list images", &call.watch).await?;
        found.sort_by_key(created);
        let mut images: Vec<Image> = found.iter().map(image).collect();
        images.retain(|image| scope == ImageScope::Own || image.tags.contains_key(RUN_TAG));
        Ok(images)
    }

    /// Instances whose disks were made from it, and instance templates that name it.
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
        Ok(users)
    }

    pub(super) async fn remove_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        let found = self.known_image(id, call).await?;
        let name = found["name"].as_str().unwrap_or_default();
        let users = if force { Vec::new() } else { self.users_of(name, call).await? };
        if !users.is_empty() {
            return Err(refusals::in_use(ResourceKind::Image, name, &users).hint(
                "delete its users first, or pass force=true (they are not deleted with it)",
            ));
        }
        let path = format!("global/images/{name}");
        self.delete(path, format!("delete image {name}"), &call.watch).await?;
        call.ledger.forget(ResourceKind::Image, name)
    }
}
