//! Nova's image proxy, which newer microversions no longer have.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Result;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client, encoded};
use crate::cloud::openstack::fault::fault;
use crate::cloud::openstack::image::{
    MIN_DISK, OWNER, PROGRESS, Query, STATUS, VISIBILITY, state, status,
};
use crate::cloud::openstack::pages::is_last;
use crate::cloud::pages::Pages;
use crate::cloud::{Image, ResourceKind, Tags};
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
    metadata: Map<String, Value>,
}

impl Object {
    /// As this project sees it.
    fn image(self, project: &str) -> Image {
        let object = self;
        let text = |(key, value): (String, Value)| match value {
            Value::String(text) => Some((key, text)),
            _ => None,
        };
        let tags: Tags = object.metadata.into_iter().filter_map(text).collect();
        let owner = tags.get("owner_id").cloned();
        // The vendor's images have the type `base`; snapshots are the account's own or shared with it, and so are
        // images that an account has imported, which may have no type but an owner.
        let is_own = owner.as_deref() == Some(project);
        let is_snapshot = tags.get("image_type").is_some_and(|kind| kind == "snapshot");
        let visibility = match is_own || is_snapshot {
            true if owner.as_ref().is_none_or(|owner| owner == project) => "private",
            true => "shared",
            false => "public",
        };
        let mut attributes = Tags::from([
            (STATUS.to_owned(), object.status.clone()),
            (VISIBILITY.to_owned(), visibility.to_owned()),
            (MIN_DISK.to_owned(), object.min_disk.to_string()),
        ]);
        if let Some(owner) = owner {
            attributes.insert(OWNER.to_owned(), owner);
        }
        if let Some(percent) = object.progress {
            attributes.insert(PROGRESS.to_owned(), percent.to_string());
        }
        Image {
            id: object.id,
            name: object.name.unwrap_or_default(),
            state: state(&object.status),
            description: tags.get("description").cloned().unwrap_or_default(),
            created: object.created,
            size: object.size,
            architecture: tags.get("architecture").cloned(),
            tags,
            deprecated: None,
            attributes,
        }
    }
}

pub async fn list(client: &Client, query: &Query, watch: &Watch) -> Result<Vec<Image>> {
    let project = client.session(watch).await?.project.clone();
    let mut images: Vec<Image> = Vec::new();
    let mut seen = Pages::of("list images");
    loop {
        let after = images.last().map(|last| format!("?marker={}", last.id));
        let path = format!("/images/detail{}", after.unwrap_or_default());
        let page: Page = client.get(Service::Compute, &path, "list images", watch).await?;
        let last = page.images.is_empty() || is_last(page.images_links.as_ref());
        images.extend(page.images.into_iter().map(|object| object.image(&project)));
        if last {
            break;
        }
        seen.next(images.last().map(|last| last.id.as_str()))?;
    }
    // Filtered here, since the filters of the service differ from vendor to vendor.
    let own = |image: &Image| image.attributes.get(VISIBILITY).is_some_and(|it| it == "private");
    images.retain(|image| {
        status(image) != "DELETED"
            && query.name.as_ref().is_none_or(|name| *name == image.name)
            && (query.owner.is_none() || own(image))
    });
    Ok(images)
}

pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<Image>> {
    let path = format!("/images/{id}");
    let ask = Ask::new(Method::GET, Service::Compute, &path, "show an image");
    let found: Option<One> = client.find(&ask, watch).await?;
    let project = client.session(watch).await?.project.clone();
    // A deleted image is shown for a while.
    Ok(found.map(|one| one.image.image(&project)).filter(|image| status(image) != "DELETED"))
}

/// Deletes an image; false if it no longer existed.
pub async fn delete(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/images/{id}");
    client.delete(Service::Compute, &path, (ResourceKind::Image, id), watch).await
}

/// Removes properties of an image.
pub async fn remove_properties(
    client: &Client,
    id: &str,
    keys: &[&str],
    watch: &Watch,
) -> Result<()> {
    let purpose = format!("remove tags of image {id}");
    for key in keys {
        let path = format!("/images/{id}/metadata/{}", encoded(key));
        let ask = Ask::new(Method::DELETE, Service::Compute, &path, &purpose);
        let response = client.send(&ask, watch).await?;
        if !response.status.is_success() && response.status != StatusCode::NOT_FOUND {
            return Err(fault(&response, &purpose));
        }
    }
    Ok(())
}

/// Sets properties of an image.
pub async fn set_properties(
    client: &Client,
    id: &str,
    properties: &[(String, String)],
    watch: &Watch,
) -> Result<()> {
    let (path, purpose) = (format!("/images/{id}/metadata"), format!("tag image {id}"));
    let properties: Map<String, Value> =
        properties.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let mut ask = Ask::new(Method::POST, Service::Compute, &path, &purpose)
        .body(json!({"metadata": properties}));
    // The same values again change nothing.
    ask.repeatable = true;
    client.ask(&ask, watch).await.map(drop)
}
