//! Images as the cloud describes them, as ours; listing and deleting them.

use serde_json::Value;

use super::Gce;
use super::instance::utc;
use super::names::{last, tags};
use crate::cloud::{Call, Image, ImageScope, ImageState, RUN_TAG, ResourceKind};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// `projects/P/global/images/NAME` of an address of the API, or of such a path.
pub fn path_of(address: &str) -> &str {
    if address.starts_with("projects/") {
        return address;
    }
    // With the slash before it: a project's own id may end so.
    address.find("/projects/").map_or(address, |at| &address[at + 1..])
}

/// Its id is its name: ours are unique in their project.
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
        created: utc(&found["creationTimestamp"]),
        size: number("archiveSizeBytes"),
        architecture,
        tags: tags(&found["labels"]),
        deprecated: deprecated(found),
        attributes: [("path".to_owned(), path_of(&text("selfLink")).to_owned())].into(),
    }
}

/// From when on it is no longer offered.
fn deprecated(found: &Value) -> Option<String> {
    let told = &found["deprecated"];
    let date = told["deprecated"].as_str().filter(|date| !date.is_empty());
    let state = told["state"].as_str().unwrap_or_default();
    match (date, state) {
        (Some(_), _) => Some(utc(&told["deprecated"])),
        (None, "" | "ACTIVE") => None,
        // Of old; nobody wrote down when.
        (None, _) => Some(utc(&found["creationTimestamp"])),
    }
}

/// How far an image is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Offered,
    /// Instances can still be started from it.
    Deprecated,
    /// They cannot.
    Withdrawn,
}

pub fn offer(found: &Value) -> Offer {
    match found["deprecated"]["state"].as_str().unwrap_or_default() {
        "" | "ACTIVE" => Offer::Offered,
        "DEPRECATED" => Offer::Deprecated,
        // OBSOLETE, DELETED
        _ => Offer::Withdrawn,
    }
}

impl Gce {
    /// An image of our own project.
    pub(super) async fn get_image(&self, name: &str, call: &Call) -> Result<Option<Value>> {
        let path = format!("{}/global/images/{name}", self.root(&call.watch).await?);
        self.api.find(&path, &format!("look at image {name}"), &call.watch).await
    }

    /// An image that must be there.
    pub(super) async fn known_image(&self, id: &str, call: &Call) -> Result<Value> {
        let project = self.project(&call.watch).await?;
        let own = format!("projects/{project}/global/images/");
        let name = path_of(id).strip_prefix(&own).unwrap_or(id);
        if name.contains('/') {
            let message = format!("image {id} is not of the project {project}");
            return Err(Error::usage(message).hint("`imgctl list_images` shows yours"));
        }
        self.get_image(name, call).await?.ok_or_else(|| {
            Error::not_found(format!("there is no image {name} in the project {project}"))
                .hint("`imgctl list_images` shows what there is")
        })
    }

    /// The path of an image by our id of it.
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
        let found = self.api.list(&path, &filter, "list images", &call.watch).await?;
        let mut images: Vec<Image> = found.iter().map(image).collect();
        images.retain(|image| scope == ImageScope::Own || image.tags.contains_key(RUN_TAG));
        images.sort_by(|one, other| one.created.cmp(&other.created));
        Ok(images)
    }

    /// Instances whose disks were made of it, and templates that would make such.
    pub(super) async fn users_of(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let found = self.known_image(id, call).await?;
        let image = path_of(found["selfLink"].as_str().unwrap_or_default()).to_owned();
        let root = self.root(&call.watch).await?;
        let is_it = |source: &Value| source.as_str().is_some_and(|source| path_of(source) == image);
        let purpose = format!("find what uses image {id}");
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
        // Global and regional ones.
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
            return Err(Error::new(Code::Refused, format!("image {name} is in use"))
                .cause(users.join(", "))
                .hint("force it with force=true (what was started from it stays), or wait"));
        }
        let path = format!("global/images/{name}");
        self.delete(path, format!("delete image {name}"), &call.watch).await?;
        for resource in call.ledger.resources()? {
            if resource.kind == ResourceKind::Image && resource.id.as_deref() == Some(name) {
                call.ledger.gone(&resource.token)?;
            }
        }
        Ok(())
    }
}
