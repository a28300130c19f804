//! Snapshots: their percentage is an image's progress. One that an image uses cannot be deleted.

use super::select::{Thing, page, select, shows};
use super::timeline::Timeline;
use super::world::{ACCOUNT, Tags, now};
use super::xml::{Refusal, Reply, Xml};
use super::{Request, World};

pub const NOT_FOUND: &str = "InvalidSnapshot.NotFound";

pub struct Snapshot {
    pub id: String,
    pub volume: String,
    /// GiB.
    pub size: u64,
    pub description: String,
    /// The states of its image.
    pub life: Timeline,
    /// The accounts that may use it.
    pub shared_with: Vec<String>,
    pub tags: Tags,
    pub misses: u32,
    /// How often its deletion is still refused.
    pub refusals: u32,
}

impl Snapshot {
    fn status(&self) -> &'static str {
        match self.life.state() {
            "pending" => "pending",
            "failed" => "error",
            _ => "completed",
        }
    }
}

impl Thing for Snapshot {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Option<Vec<String>> {
        Some(match filter {
            "snapshot-id" => vec![self.id.clone()],
            "volume-id" => vec![self.volume.clone()],
            "status" => vec![self.status().to_owned()],
            "owner-id" => vec![ACCOUNT.to_owned()],
            "description" => vec![self.description.clone()],
            _ => return None,
        })
    }

    fn misses(&mut self) -> &mut u32 {
        &mut self.misses
    }
}

pub fn describe(world: &mut World, request: &Request) -> Reply {
    let region = world.region(&request.region);
    let found = select(&mut region.snapshots, request, "SnapshotId", NOT_FOUND)?;
    let (found, next) = page(found, request, 1000);
    let snapshot = |snapshot: &mut Snapshot| {
        Xml::Fields(vec![
            ("snapshotId", snapshot.id.clone().into()),
            ("volumeId", snapshot.volume.clone().into()),
            ("status", snapshot.status().into()),
            ("progress", format!("{}%", snapshot.life.percent()).into()),
            ("startTime", now().into()),
            ("ownerId", ACCOUNT.into()),
            ("volumeSize", snapshot.size.into()),
            ("description", snapshot.description.clone().into()),
            ("tagSet", (&snapshot.tags).into()),
        ])
    };
    let snapshots = Xml::Items(found.into_iter().map(snapshot).collect());
    Ok(vec![("snapshotSet", snapshots), ("nextToken", next.into())])
}

pub fn delete(world: &mut World, request: &Request) -> Reply {
    let id = request.form.get("SnapshotId");
    let region = world.region(&request.region);
    if !region.snapshots.iter_mut().any(|one| one.id == id && shows(one, request)) {
        return Refusal::client(NOT_FOUND, format!("The snapshot '{id}' does not exist."));
    }
    let user = region.images.iter().find(|image| image.snapshot.as_deref() == Some(id));
    if let Some(image) = user {
        let message = format!("The snapshot {id} is currently in use by {}", image.id);
        return Refusal::client("InvalidSnapshot.InUse", message);
    }
    let held = region.snapshots.iter_mut().find(|snapshot| snapshot.id == id);
    if let Some(snapshot) = held.filter(|snapshot| snapshot.refusals > 0) {
        snapshot.refusals -= 1;
        let message = format!("The snapshot {id} is currently in use by an AMI");
        return Refusal::client("InvalidSnapshot.InUse", message);
    }
    region.snapshots.retain(|snapshot| snapshot.id != id);
    super::xml::done()
}
