//! Images as the compute service passes them on. Newer microversions have lost this.

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{MIN_DISK, OWNER, PROGRESS, Query, STATUS, VISIBILITY, state};
use crate::Result;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client};
use crate::cloud::{Image, Tags};
use crate::report::Watch;

#[derive(Deserialize)]
struct Page {
    images: Vec<Object>,
    images_links: Option<Value>,
}

#[derive(Deserialize)]
struct One {
    image: Object,
}

#[derive(Deserialize)]
struct Object {
    id: String,
    #[serde(default)]
    name: Option<String>,
    status: String,
    #[serde(default)]
    created: String,
    #[serde(rename = "OS-EXT-IMG-SIZE:size", default)]
    size: Option<u64>,
    #[serde(rename = "minDisk", default)]
    min_disk: u64,
    #[serde(default)]
    progress: Option<u64>,
    #[serde(default)]
    metadata: Tags,
}

impl From<Object> for Image {
    fn from(object: Object) -> Image {
        // Snapshots are the account's own; the vendor's are of type `base`.
        let own = object.metadata.get("image_type").is_some_and(|kind| kind == "snapshot");
        let visibility = if own { "private" } else { "public" };
        let mut attributes = Tags::from([
            (STATUS.to_owned(), object.status.clone()),
            (VISIBILITY.to_owned(), visibility.to_owned()),
            (MIN_DISK.to_owned(), object.min_disk.to_string()),
        ]);
        if let Some(owner) = object.metadata.get("owner_id") {
            attributes.insert(OWNER.to_owned(), owner.clone());
        }
        if let Some(percent) = object.progress {
            attributes.insert(PROGRESS.to_owned(), percent.to_string());
        }
        Image {
            id: object.id,
            name: object.name.unwrap_or_default(),
            state: state(&object.status),
            description: object.metadata.get("description").cloned().unwrap_or_default(),
            created: object.created,
            size: object.size,
            architecture: object.metadata.get("architecture").cloned(),
            tags: object.metadata,
            deprecated: None,
            attributes,
        }
    }
}

pub async fn list(client: &Client, query: &Query, watch: &Watch) -> Result<Vec<Image>> {
    let mut images: Vec<Image> = Vec::new();
    loop {
        let after = images.last().map(|last| format!("?marker={}", last.id));
        let path = format!("/images/detail{}", after.unwrap_or_default());
        let page: Page = client.get(Service::Compute, &path, "list images", watch).await?;
        let last =
            page.images.is_empty() || super::super::compute::is_last(page.images_links.as_ref());
        images.extend(page.images.into_iter().map(Image::from));
        if last {
            break;
        }
    }
    // The service's own filters differ from vendor to vendor.
    let own = |image: &Image| image.attributes.get(VISIBILITY).is_some_and(|it| it == "private");
    images.retain(|image| {
        image.attributes[STATUS] != "DELETED"
            && query.name.as_ref().is_none_or(|name| *name == image.name)
            && (query.owner.is_none() || own(image))
    });
    Ok(images)
}

pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<Image>> {
    let path = format!("/images/{id}");
    let ask = Ask::new(Method::GET, Service::Compute, &path, "show an image");
    let found: Option<One> = client.find(&ask, watch).await?;
    // An image that was deleted is shown for a while.
    Ok(found
        .map(|one| Image::from(one.image))
        .filter(|image| image.attributes[STATUS] != "DELETED"))
}

pub async fn delete(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let purpose = format!("delete image {id}");
    client.delete(Service::Compute, &format!("/images/{id}"), &purpose, watch).await
}
