//! The image service, version 2.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::cloud::http::Response;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client, decode, encoded};
use crate::cloud::openstack::fault::{self, fault};
use crate::cloud::openstack::image::{
    BLOCK_DEVICES, MIN_DISK, OWNER, PROTECTED, Query, STATUS, VIRTUAL_SIZE, VISIBILITY,
    size_of_snapshots, state,
};
use crate::cloud::pages::Pages;
use crate::cloud::{Image, ResourceKind, Tags, refusals};
use crate::report::Watch;
use crate::{Code, Result};

#[derive(Deserialize)]
struct Page {
    images: Vec<Object>,
    next: Option<String>,
}

/// An image, whose properties are beside glance's own fields.
#[derive(Deserialize)]
struct Object {
    id: String,
    #[serde(default)]
    name: Option<String>,
    status: String,
    #[serde(default)]
    created_at: String,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    virtual_size: Option<u64>,
    #[serde(default)]
    min_disk: u64,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    visibility: String,
    #[serde(default)]
    os_hidden: bool,
    #[serde(default)]
    updated_at: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

/// Glance's own fields that are no properties.
const OWN: [&str; 10] = [
    "self",
    "file",
    "schema",
    "checksum",
    "container_format",
    "disk_format",
    "os_hash_algo",
    "os_hash_value",
    "direct_url",
    "stores",
];

impl From<Object> for Image {
    fn from(object: Object) -> Image {
        let text =
            |key: &str| object.properties.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut attributes = Tags::from([
            (STATUS.to_owned(), object.status.clone()),
            (OWNER.to_owned(), object.owner.clone().unwrap_or_default()),
            (VISIBILITY.to_owned(), object.visibility.clone()),
            (MIN_DISK.to_owned(), object.min_disk.to_string()),
        ]);
        if let Some(bytes) = object.virtual_size {
            attributes.insert(VIRTUAL_SIZE.to_owned(), bytes.to_string());
        }
        if let Some(Value::Bool(protected)) = object.properties.get(PROTECTED) {
            attributes.insert(PROTECTED.to_owned(), protected.to_string());
        }
        if let Some(devices) = text(BLOCK_DEVICES) {
            attributes.insert(BLOCK_DEVICES.to_owned(), devices);
        }
        let snapshots = attributes.get(BLOCK_DEVICES).and_then(|it| size_of_snapshots(it));
        let (architecture, description) = (text("architecture"), text("description"));
        let mut tags: Tags = object.tags.into_iter().map(|tag| (tag, String::new())).collect();
        let ours = object.properties.into_iter().filter_map(|(key, value)| {
            let value = value.as_str()?.to_owned();
            (key != BLOCK_DEVICES && !OWN.contains(&key.as_str())).then_some((key, value))
        });
        tags.extend(ours);
        Image {
            id: object.id,
            name: object.name.unwrap_or_default(),
            state: state(&object.status),
            description: description.unwrap_or_default(),
            created: object.created_at,
            size: snapshots.or(object.size),
            architecture,
            tags,
            deprecated: object.os_hidden.then_some(object.updated_at),
            attributes,
        }
    }
}

pub async fn list(client: &Client, query: &Query, watch: &Watch) -> Result<Vec<Image>> {
    let mut path = "/images?limit=1000".to_owned();
    if let Some(name) = &query.name {
        path.push_str(&format!("&name={}", value(name)));
    }
    if let Some(visibility) = &query.visibility {
        path.push_str(&format!("&visibility={visibility}"));
    }
    let Some(owner) = &query.owner else { return pages(client, &path, watch).await };
    path.push_str(&format!("&owner={owner}"));
    let mut images = pages(client, &path, watch).await?;
    // A version too old to hide images ignores the word or refuses it with 400.
    let hidden = pages(client, &format!("{path}&os_hidden=true"), watch).await;
    let hidden = match hidden {
        Err(error) if error.code() == Code::Failed => Vec::new(),
        other => other?,
    };
    for image in hidden {
        if images.iter().all(|known| known.id != image.id) {
            images.push(image);
        }
    }
    Ok(images)
}

async fn pages(client: &Client, first: &str, watch: &Watch) -> Result<Vec<Image>> {
    let mut images: Vec<Image> = Vec::new();
    let mut seen = Pages::of("list images");
    loop {
        let after = images.last().map(|last| format!("&marker={}", last.id));
        let path = format!("{first}{}", after.unwrap_or_default());
        let page: Page = client.get(Service::Image, &path, "list images", watch).await?;
        let last = page.images.is_empty() || page.next.is_none();
        images.extend(page.images.into_iter().map(Image::from));
        if last {
            return Ok(images);
        }
        seen.next(images.last().map(|last| last.id.as_str()))?;
    }
}

/// A name as a value of a query. A comma separates values, unless it is quoted.
fn value(name: &str) -> String {
    if !name.contains([',', '"']) {
        return encoded(name);
    }
    encoded(&format!("in:\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
}

pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<Image>> {
    let path = format!("/images/{id}");
    let ask = Ask::new(Method::GET, Service::Image, &path, "show an image");
    let found: Option<Object> = client.find(&ask, watch).await?;
    // An image that is being deleted may be shown with its last state.
    Ok(found
        .filter(|object| !["deleted", "pending_delete"].contains(&object.status.as_str()))
        .map(Image::from))
}

/// Deletes an image; false if it no longer existed.
///
/// # Errors
/// `Refused` if others still share its data.
pub async fn delete(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/images/{id}");
    let purpose = format!("delete image {id}");
    let ask = Ask::new(Method::DELETE, Service::Image, &path, &purpose);
    let response = client.send(&ask, watch).await?;
    match response.status {
        StatusCode::NOT_FOUND => Ok(false),
        // A back end that clones images keeps one as long as its clones.
        StatusCode::CONFLICT => Err(refusals::in_use(ResourceKind::Image, id, &[])
            .cause(fault::message(&response))
            .hint("delete the volumes and servers first that were created from it")),
        status if status.is_success() => Ok(true),
        _ => Err(fault(&response, &purpose)),
    }
}

async fn patch(
    client: &Client,
    id: &str,
    changes: Value,
    purpose: &str,
    watch: &Watch,
) -> Result<Response> {
    let path = format!("/images/{id}");
    let mut ask = Ask::new(Method::PATCH, Service::Image, &path, purpose).body(changes);
    ask.headers.push(("content-type", "application/openstack-images-v2.1-json-patch".to_owned()));
    ask.repeatable = true;
    client.ask(&ask, watch).await
}

#[derive(Deserialize)]
struct Members {
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    member_id: String,
}

/// The projects that an image is shared with. One that nobody shares may have no list of them.
pub async fn members(client: &Client, id: &str, watch: &Watch) -> Result<Vec<String>> {
    let purpose = format!("list who shares image {id}");
    let path = format!("/images/{id}/members");
    let response =
        client.send(&Ask::new(Method::GET, Service::Image, &path, &purpose), watch).await?;
    match response.status {
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Ok(Vec::new()),
        status if status.is_success() => {
            let found: Members = decode(&response, &purpose)?;
            Ok(found.members.into_iter().map(|member| member.member_id).collect())
        }
        _ => Err(fault(&response, &purpose)),
    }
}

/// Shares an image with a project; false if it was shared already.
pub async fn add_member(
    client: &Client,
    image: &Image,
    project: &str,
    watch: &Watch,
) -> Result<bool> {
    let id = &image.id;
    let purpose = format!("share image {id} with {project}");
    let path = format!("/images/{id}/members");
    let mut ask = Ask::new(Method::POST, Service::Image, &path, &purpose);
    ask.body = Some(json!({"member": project}));
    ask.repeatable = true;
    let mut response = client.send(&ask, watch).await?;
    let private = image.attributes.get(VISIBILITY).is_some_and(|it| it == "private");
    if response.status == StatusCode::FORBIDDEN && private {
        // Only images of visibility `shared` have members, except in old versions of glance.
        let change = json!([{"op": "replace", "path": "/visibility", "value": "shared"}]);
        patch(client, id, change, &purpose, watch).await?;
        response = client.send(&ask, watch).await?;
    }
    match response.status {
        StatusCode::CONFLICT => Ok(false),
        status if status.is_success() => Ok(true),
        StatusCode::FORBIDDEN => {
            let hint = "run this as the owner of the image, which must not be public";
            Err(fault(&response, &purpose).hint(hint))
        }
        _ => Err(fault(&response, &purpose)),
    }
}

/// Removes properties of an image.
pub async fn remove_properties(
    client: &Client,
    id: &str,
    keys: &[&str],
    watch: &Watch,
) -> Result<()> {
    let changes = keys.iter().map(|key| json!({"op": "remove", "path": pointer(key)})).collect();
    let purpose = format!("remove tags of image {id}");
    patch(client, id, changes, &purpose, watch).await.map(drop)
}

/// Sets properties of an image.
pub async fn set_properties(
    client: &Client,
    id: &str,
    properties: &[(String, String)],
    watch: &Watch,
) -> Result<()> {
    let change = |(key, value): &(String, String)| json!({"op": "add", "path": pointer(key), "value": value});
    let changes = properties.iter().map(change).collect();
    patch(client, id, changes, &format!("tag image {id}"), watch).await.map(drop)
}

/// JSON pointers escape these two characters.
fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Hides an image from all lists. It can still be used by its id.
pub async fn hide(client: &Client, id: &str, watch: &Watch) -> Result<()> {
    let change = json!([{"op": "replace", "path": "/os_hidden", "value": true}]);
    patch(client, id, change, &format!("hide image {id}"), watch).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_comma_is_one_value_of_a_query() {
        assert_eq!(value("Ubuntu 24.04 (x)"), "Ubuntu%2024.04%20%28x%29");
        assert_eq!(value("a,b"), "in%3A%22a%2Cb%22");
    }

    #[test]
    fn properties_become_tags() {
        let object: Object = serde_json::from_value(json!({
            "id": "1", "name": null, "status": "queued", "owner": "p", "visibility": "shared",
            "created_at": "2026-11-23T09:00:00Z", "tags": ["keep"], "imgctl-run": "r", "self": "/v2",
            "hw_rng": true,
        }))
        .unwrap();
        let image = Image::from(object);
        assert_eq!(image.tags["imgctl-run"], "r");
        assert_eq!(image.tags["keep"], "");
        assert_eq!(image.tags.len(), 2);
        assert_eq!(image.attributes[OWNER], "p");
    }
}
