//! Snapshots of volumes, which hold the data of images of servers that boot from a volume.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::catalogue::Service;
use super::client::{Ask, Client};
use super::image;
use super::pages::{PAGE, is_last};
use crate::cloud::pages::Pages;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Image, ResourceKind, refusals};
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
    /// Whether nova made it for an image, which only its name says.
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

/// The snapshots of the project; only those of `volume`, if it is given.
pub async fn list(client: &Client, volume: Option<&str>, watch: &Watch) -> Result<Vec<Snapshot>> {
    let only = volume.map(|volume| format!("&volume_id={volume}")).unwrap_or_default();
    let mut found: Vec<Snapshot> = Vec::new();
    let mut seen = Pages::of("list volume snapshots");
    loop {
        let after = found.last().map(|last| format!("&marker={}", last.id)).unwrap_or_default();
        let path = format!("/snapshots/detail?limit={PAGE}{only}{after}");
        let page: Page = client.get(Service::Volume, &path, "list volume snapshots", watch).await?;
        let last = page.snapshots.is_empty() || is_last(page.snapshots_links.as_ref());
        found.extend(page.snapshots);
        if last {
            break;
        }
        seen.next(found.last().map(|last| last.id.as_str()))?;
    }
    // Which filters cinder heeds depends on its configuration.
    found.retain(|it| volume.is_none_or(|volume| it.volume_id.as_deref() == Some(volume)));
    Ok(found)
}

pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<Snapshot>> {
    let path = format!("/snapshots/{id}");
    let ask = Ask::new(Method::GET, Service::Volume, &path, "show a volume snapshot");
    let found: Option<One> = client.find(&ask, watch).await?;
    Ok(found.map(|one| one.snapshot))
}

/// Why no volume can be created from a snapshot.
pub struct Unready {
    pub why: String,
    /// Waiting will not help.
    pub for_good: bool,
}

/// The first snapshot of an image that is not ready, if any: nova reports an image as active while
/// cinder still works on its snapshots.
pub async fn unready(client: &Client, image: &Image, watch: &Watch) -> Result<Option<Unready>> {
    for id in image::snapshots(image) {
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

/// The status of a snapshot or volume whose deletion failed in cinder's back end. Cinder then refuses
/// any deletion but an administrator's: see `delete` of its `volume/api.py`.
pub const ERROR_DELETING: &str = "error_deleting";

/// The error for a snapshot or volume in that status.
pub fn administrators(kind: ResourceKind, id: &str) -> Error {
    let command = if kind == ResourceKind::Snapshot { "volume snapshot" } else { "volume" };
    Error::new(Code::Refused, format!("cinder failed to delete {kind} {id}"))
        .cause(format!("its status is {ERROR_DELETING}, in which only an administrator can delete it"))
        .hint(format!(
            "ask an administrator of the cloud to run `openstack {command} delete --force {id}`, then \
             run the same command again"
        ))
}

/// How often a snapshot that stays available is asked for to be deleted.
const TRIES: u32 = 3;

/// Deletes a snapshot and waits until it is gone: until then cinder does not delete its volume.
///
/// # Errors
/// `Refused` if cinder keeps the snapshot.
pub async fn delete(client: &Client, id: &str, patience: Patience, watch: &Watch) -> Result<()> {
    let asked = AtomicU32::new(0);
    let path = format!("/snapshots/{id}");
    wait::until(&format!("volume snapshot {id} to be gone"), patience, watch, || async {
        let Some(snapshot) = get(client, id, watch).await? else { return Ok(Poll::Ready(())) };
        match snapshot.status.as_str() {
            "creating" | "deleting" => return Ok(Poll::Pending(snapshot.status)),
            _ => {}
        }
        // Cinder may accept the request and find out only later that it cannot delete.
        if asked.fetch_add(1, Ordering::Relaxed) == TRIES {
            return Err(kept(id).cause(format!("its status is {} again", snapshot.status)));
        }
        match client.delete(Service::Volume, &path, (ResourceKind::Snapshot, id), watch).await {
            Ok(false) => Ok(Poll::Ready(())),
            Ok(true) => Ok(Poll::Pending("deleting".to_owned())),
            // Cinder answers with 400, whatever its reason.
            Err(_) if snapshot.status == ERROR_DELETING => {
                Err(administrators(ResourceKind::Snapshot, id))
            }
            Err(error) if matches!(error.code(), Code::Failed | Code::Busy) => {
                Err(kept(id).cause(error.causes().join(": ")))
            }
            Err(error) => Err(error),
        }
    })
    .await
}

fn kept(id: &str) -> Error {
    refusals::in_use(ResourceKind::Snapshot, id, &[])
        .hint("delete volumes that were created from it first: some clouds require that")
}
