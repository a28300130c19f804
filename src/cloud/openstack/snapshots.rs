//! Snapshots of volumes: nova's image of a server that boots from a volume stands for one of each of
//! its volumes, and holds no data of its own.

use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::catalogue::Service;
use super::client::{Ask, Client};
use crate::cloud::Image;
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Code, Error, Result};

#[derive(Debug, Clone, Deserialize)]
pub struct Snapshot {
    pub id: String,
    pub status: String,
    /// GiB.
    #[serde(default)]
    pub size: u64,
    #[serde(default)]
    pub volume_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

impl Snapshot {
    /// Whether nova made it for an image: these it calls so.
    #[must_use]
    pub fn is_for_an_image(&self) -> bool {
        self.name.as_deref().is_some_and(|name| name.starts_with("snapshot for "))
    }
}

#[derive(Deserialize)]
struct One {
    snapshot: Snapshot,
}

#[derive(Deserialize)]
struct Page {
    snapshots: Vec<Snapshot>,
    snapshots_links: Option<Value>,
}

/// Those of the project; of one volume, if it is named.
pub async fn list(client: &Client, volume: Option<&str>, watch: &Watch) -> Result<Vec<Snapshot>> {
    let only = volume.map(|volume| format!("&volume_id={volume}")).unwrap_or_default();
    let mut found: Vec<Snapshot> = Vec::new();
    loop {
        let after = found.last().map(|last| format!("&marker={}", last.id)).unwrap_or_default();
        let path = format!("/snapshots/detail?limit=500{only}{after}");
        let page: Page = client.get(Service::Volume, &path, "list volume snapshots", watch).await?;
        let last =
            page.snapshots.is_empty() || super::compute::is_last(page.snapshots_links.as_ref());
        found.extend(page.snapshots);
        if last {
            break;
        }
    }
    // An administrator chooses which filters cinder takes notice of.
    found.retain(|it| volume.is_none_or(|volume| it.volume_id.as_deref() == Some(volume)));
    Ok(found)
}

pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<Snapshot>> {
    let path = format!("/snapshots/{id}");
    let ask = Ask::new(Method::GET, Service::Volume, &path, "show a volume snapshot");
    let found: Option<One> = client.find(&ask, watch).await?;
    Ok(found.map(|one| one.snapshot))
}

/// The devices that an image of a server with volumes stands for.
fn devices(image: &Image) -> Vec<Value> {
    let devices = image.attributes.get(super::images::BLOCK_DEVICES);
    devices.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn snapshot_of(device: &Value) -> Option<String> {
    device["snapshot_id"].as_str().map(str::to_owned)
}

/// The snapshots that an image stands for.
pub fn of_image(image: &Image) -> Vec<String> {
    devices(image).iter().filter_map(snapshot_of).collect()
}

/// The one of them that a server boots from. None: the image holds its own data.
pub fn to_boot(image: &Image) -> Option<String> {
    let boots = |device: &&Value| device["boot_index"] == 0 || device["boot_index"] == "0";
    devices(image).iter().find(boots).and_then(snapshot_of)
}

/// A snapshot that nothing can be made of.
pub struct Unready {
    pub why: String,
    /// It will not pass.
    pub for_good: bool,
}

/// The first such of an image: nova calls it active while cinder is still at work.
pub async fn unready(client: &Client, image: &Image, watch: &Watch) -> Result<Option<Unready>> {
    for id in of_image(image) {
        let status = get(client, &id, watch).await?.map(|snapshot| snapshot.status);
        let (why, for_good) = match status.as_deref() {
            Some("available") => continue,
            Some(status) => (status, status.starts_with("error")),
            None => ("it does not exist", true),
        };
        return Ok(Some(Unready { why: format!("volume snapshot {id}: {why}"), for_good }));
    }
    Ok(None)
}

/// Deletes a snapshot, and sees it gone: till then cinder keeps its volume.
pub async fn delete(client: &Client, id: &str, patience: Patience, watch: &Watch) -> Result<()> {
    let asked = AtomicBool::new(false);
    let path = format!("/snapshots/{id}");
    let purpose = format!("delete volume snapshot {id}");
    wait::until(&format!("volume snapshot {id} to be gone"), patience, watch, || async {
        let Some(snapshot) = get(client, id, watch).await? else { return Ok(Poll::Ready(())) };
        match snapshot.status.as_str() {
            "creating" | "deleting" => return Ok(Poll::Pending(snapshot.status)),
            _ => {}
        }
        // Cinder takes the request, and finds out later that it cannot.
        if asked.swap(true, Ordering::Relaxed) {
            return Err(kept(&purpose).cause(format!("it is {} again", snapshot.status)));
        }
        match client.delete(Service::Volume, &path, &purpose, watch).await {
            Ok(false) => Ok(Poll::Ready(())),
            Ok(true) => Ok(Poll::Pending("deleting".to_owned())),
            Err(error) if error.code() == Code::Failed => {
                Err(kept(&purpose).cause(error.causes().join(": ")))
            }
            Err(error) => Err(error),
        }
    })
    .await
}

fn kept(purpose: &str) -> Error {
    Error::new(Code::Refused, format!("cannot {purpose}"))
        .hint("does a volume that was made from it still exist? some clouds keep both, or none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snapshots_behind_an_image() {
        let mut image = crate::cloud::user_data::example::launch(None).image;
        assert_eq!((of_image(&image), to_boot(&image)), (Vec::new(), None));
        let devices = r#"[{"snapshot_id": "data", "boot_index": null},
            {"snapshot_id": "root", "boot_index": 0}, {"image_id": null}]"#;
        image.attributes.insert(super::super::images::BLOCK_DEVICES.into(), devices.into());
        assert_eq!(of_image(&image), ["data", "root"]);
        assert_eq!(to_boot(&image).unwrap(), "root");
    }
}
