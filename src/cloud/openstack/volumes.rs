//! The block storage service: volumes to boot from, and snapshots that images stand for.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::Service;
use super::client::{Ask, Client};
use super::fault::fault;
use super::mark::Mark;
use crate::cloud::{Image, Tags};
use crate::config::openstack::BootVolume;
use crate::report::Watch;
use crate::{Code, Result};

#[derive(Debug, Clone, Deserialize)]
pub struct Volume {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
    pub status: String,
    #[serde(default)]
    pub metadata: Tags,
    #[serde(default)]
    pub created_at: String,
}

#[derive(Deserialize)]
struct One {
    volume: Volume,
}

#[derive(Deserialize)]
struct Page {
    volumes: Vec<Volume>,
    volumes_links: Option<Value>,
}

pub async fn all(client: &Client, watch: &Watch) -> Result<Vec<Volume>> {
    let mut found: Vec<Volume> = Vec::new();
    loop {
        let after = found.last().map(|last| format!("&marker={}", last.id));
        let path = format!("/volumes/detail?limit=500{}", after.unwrap_or_default());
        let page: Page = client.get(Service::Volume, &path, "list volumes", watch).await?;
        let last = page.volumes.is_empty() || super::compute::is_last(page.volumes_links.as_ref());
        found.extend(page.volumes);
        if last {
            return Ok(found);
        }
    }
}

pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<Volume>> {
    let path = format!("/volumes/{id}");
    let ask = Ask::new(Method::GET, Service::Volume, &path, "show a volume");
    let found: Option<One> = client.find(&ask, watch).await?;
    Ok(found.map(|one| one.volume))
}

/// GiB for a volume with this image on it.
fn gib(settings: &BootVolume, image: &Image) -> u64 {
    const GIB: u64 = 1 << 30;
    let fact = |key: &str| image.attributes.get(key).and_then(|text| text.parse::<u64>().ok());
    let written = fact(super::images::VIRTUAL_SIZE).or(image.size).unwrap_or(GIB).div_ceil(GIB);
    let least = fact(super::images::MIN_DISK).unwrap_or(0).max(written).max(1);
    settings.size.map_or(least, |size| size.as_u64().div_ceil(GIB))
}

/// Asks for a volume made of an image.
pub async fn create(
    client: &Client,
    settings: &BootVolume,
    image: &Image,
    name: &str,
    tags: &Tags,
    mark: &Mark,
    watch: &Watch,
) -> Result<String> {
    let mut volume = json!({
        "size": gib(settings, image), "imageRef": image.id, "name": name, "metadata": mark.with(tags),
    });
    if let Some(kind) = &settings.kind {
        volume["volume_type"] = kind.clone().into();
    }
    if let Some(zone) = &settings.availability_zone {
        volume["availability_zone"] = zone.clone().into();
    }
    let purpose = "make a volume to boot from";
    let ask = Ask::new(Method::POST, Service::Volume, "/volumes", purpose);
    let response = client.send(&ask.body(json!({"volume": volume})), watch).await?;
    match serde_json::from_slice::<One>(&response.body) {
        Ok(made) if response.status.is_success() => Ok(made.volume.id),
        _ => Err(fault(&response, purpose)),
    }
}

/// Asks for a volume's end; true when it is gone, false when it is in use yet.
pub async fn delete(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/volumes/{id}");
    let purpose = format!("delete volume {id}");
    let ask = Ask::new(Method::DELETE, Service::Volume, &path, &purpose);
    let response = client.send(&ask, watch).await?;
    match response.status {
        StatusCode::NOT_FOUND => Ok(true),
        // Attached, or being detached, or being deleted.
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT => Ok(false),
        status if status.is_success() => Ok(false),
        _ => Err(fault(&response, &purpose)),
    }
}

/// The snapshots that an image of a server with volumes stands for.
pub fn snapshots_of(image: &Image) -> Vec<String> {
    let devices = image.attributes.get(super::images::BLOCK_DEVICES);
    let devices = devices.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let devices = devices.as_ref().and_then(Value::as_array);
    let id = |device: &Value| device["snapshot_id"].as_str().map(str::to_owned);
    devices.into_iter().flatten().filter_map(id).collect()
}

pub async fn delete_snapshot(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/snapshots/{id}");
    let purpose = format!("delete volume snapshot {id}");
    let deleted = client.delete(Service::Volume, &path, &purpose, watch).await;
    deleted.map_err(|error| match error.code() {
        Code::Failed => error.hint("does a volume that was made from it still exist?"),
        _ => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_as_big_as_its_image_needs() {
        let mut image = crate::cloud::user_data::example::launch(None).image;
        image.size = Some(3 << 29);
        assert_eq!(gib(&BootVolume::default(), &image), 2);
        image.attributes.insert(super::super::images::MIN_DISK.into(), "10".into());
        assert_eq!(gib(&BootVolume::default(), &image), 10);
        let set = BootVolume { size: Some(bytesize::ByteSize::gib(20)), ..BootVolume::default() };
        assert_eq!(gib(&set, &image), 20);
    }

    #[test]
    fn the_snapshots_behind_an_image() {
        let mut image = crate::cloud::user_data::example::launch(None).image;
        let devices = r#"[{"snapshot_id": "s1", "boot_index": 0}, {"image_id": null}]"#;
        image.attributes.insert(super::super::images::BLOCK_DEVICES.into(), devices.into());
        assert_eq!(snapshots_of(&image), ["s1"]);
    }
}
