//! Volumes to boot from, in the block storage service.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::Service;
use super::client::{Ask, Client, Made, NotMade, decode};
use super::fault::fault;
use super::image;
use super::pages::{PAGE, is_last};
use super::snapshots::Snapshot;
use crate::cloud::pages::Pages;
use crate::cloud::units::GIB;
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
    /// The snapshot that it was created from.
    #[serde(default)]
    pub snapshot_id: Option<String>,
    #[serde(default)]
    attachments: Vec<Attachment>,
}

#[derive(Debug, Clone, Deserialize)]
struct Attachment {
    #[serde(default)]
    server_id: Option<String>,
}

impl Volume {
    /// The servers it is attached to.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.attachments.iter().filter_map(|attachment| attachment.server_id.as_deref())
    }
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

/// All volumes of the project.
pub async fn all(client: &Client, watch: &Watch) -> Result<Vec<Volume>> {
    let mut found: Vec<Volume> = Vec::new();
    let mut seen = Pages::of("list volumes");
    loop {
        let after = found.last().map(|last| format!("&marker={}", last.id));
        let path = format!("/volumes/detail?limit={PAGE}{}", after.unwrap_or_default());
        let page: Page = client.get(Service::Volume, &path, "list volumes", watch).await?;
        let last = page.volumes.is_empty() || is_last(page.volumes_links.as_ref());
        found.extend(page.volumes);
        if last {
            return Ok(found);
        }
        seen.next(found.last().map(|last| last.id.as_str()))?;
    }
}

/// As [`all`]; none if this user may not look at block storage, and so has nothing there.
pub async fn all_if_allowed(client: &Client, watch: &Watch) -> Result<Option<Vec<Volume>>> {
    let error = match all(client, watch).await {
        Ok(all) => return Ok(Some(all)),
        // Whose codes are those of other refusals, too.
        Err(error)
            if [Code::Authentication, Code::Refused, Code::NotFound].contains(&error.code()) =>
        {
            error
        }
        Err(error) => return Err(error),
    };
    let forbidden = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
    let ask = Ask::new(Method::GET, Service::Volume, "/volumes/detail?limit=1", "list volumes");
    let status = client.send(&ask, watch).await?.status;
    if forbidden.contains(&status) { Ok(None) } else { Err(error) }
}

pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<Volume>> {
    let path = format!("/volumes/{id}");
    let ask = Ask::new(Method::GET, Service::Volume, &path, "show a volume");
    let found: Option<One> = client.find(&ask, watch).await?;
    Ok(found.map(|one| one.volume))
}

/// Where the data of a new volume comes from.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Image(&'a Image),
    Snapshot(&'a Snapshot),
}

impl Source<'_> {
    /// The size of a volume for this data, in GiB.
    fn gib(self, settings: &BootVolume) -> u64 {
        let set = settings.size.map(|size| size.as_u64().div_ceil(GIB));
        match self {
            // Cinder creates no smaller one, and the original volume may have grown.
            Source::Snapshot(snapshot) => set.unwrap_or(0).max(snapshot.size),
            Source::Image(base) => set.unwrap_or_else(|| usual_gib(base)),
        }
    }
}

/// The least size of a volume for an image with data, in GiB: cinder refuses a smaller one.
#[must_use]
pub fn least_gib(base: &Image) -> u64 {
    let number = |key: &str| base.attributes.get(key).and_then(|it| it.parse::<u64>().ok());
    let written = number(image::VIRTUAL_SIZE).or(base.size).unwrap_or(GIB);
    number(image::MIN_DISK).unwrap_or(0).max(written.div_ceil(GIB)).max(1)
}

/// The size of a volume for an image with data, in GiB, where none is set. An image that tells neither the size of its
/// disk nor that of a volume is larger than its data, which may be compressed.
fn usual_gib(base: &Image) -> u64 {
    let tells = |key: &str| base.attributes.get(key).is_some_and(|it| it != "0");
    let is_known = tells(image::VIRTUAL_SIZE) || tells(image::MIN_DISK);
    if is_known { least_gib(base) } else { least_gib(base).max(UNKNOWN_GIB) }
}

/// Vendors' images have disks of two to ten GiB.
const UNKNOWN_GIB: u64 = 10;

/// A volume to create.
pub struct New<'a> {
    pub settings: &'a BootVolume,
    pub source: Source<'a>,
    pub name: &'a str,
    /// Its metadata: the tags of the settings and of the run.
    pub tags: &'a Tags,
}

/// Begins to create a volume; returns its id.
pub async fn create(client: &Client, new: &New<'_>, watch: &Watch) -> Made<String> {
    let New { settings, source, name, tags } = new;
    let mut volume = json!({"size": source.gib(settings), "name": name, "metadata": tags});
    match source {
        Source::Image(image) => volume["imageRef"] = image.id.clone().into(),
        Source::Snapshot(snapshot) => volume["snapshot_id"] = snapshot.id.clone().into(),
    }
    if let Some(kind) = &settings.kind {
        volume["volume_type"] = kind.clone().into();
    }
    if let Some(zone) = &settings.availability_zone {
        volume["availability_zone"] = zone.clone().into();
    }
    let purpose = "create a volume to boot from";
    let ask = Ask::new(Method::POST, Service::Volume, "/volumes", purpose);
    let response = client.create(&ask.body(json!({"volume": volume})), watch).await?;
    if !response.status.is_success() {
        return Err(fault(&response, purpose).into());
    }
    let made = decode::<One>(&response, purpose).map_err(NotMade::unreadable)?;
    Ok(made.volume.id)
}

/// The answer to a request to delete a volume.
pub enum Answer {
    /// It no longer exists.
    Gone,
    Accepted,
    /// It is attached, being detached or being deleted, or it has snapshots: cinder does not say which.
    Refused,
}

/// Asks to delete a volume.
pub async fn delete(client: &Client, id: &str, watch: &Watch) -> Result<Answer> {
    let path = format!("/volumes/{id}");
    let purpose = format!("delete volume {id}");
    let ask = Ask::new(Method::DELETE, Service::Volume, &path, &purpose);
    let response = client.send(&ask, watch).await?;
    match response.status {
        StatusCode::NOT_FOUND => Ok(Answer::Gone),
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT => Ok(Answer::Refused),
        status if status.is_success() => Ok(Answer::Accepted),
        _ => Err(fault(&response, &purpose)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_as_large_as_its_image_needs() {
        let mut image = crate::cloud::user_data::example::launch(None).image;
        let set = BootVolume { size: Some(bytesize::ByteSize::gib(20)), ..BootVolume::default() };
        image.size = Some(3 << 29);
        assert_eq!(Source::Image(&image).gib(&BootVolume::default()), 10, "it may be compressed");
        image.attributes.insert(super::image::VIRTUAL_SIZE.into(), (3_u64 << 29).to_string());
        assert_eq!(Source::Image(&image).gib(&BootVolume::default()), 2);
        image.attributes.insert(super::image::MIN_DISK.into(), "10".into());
        assert_eq!(Source::Image(&image).gib(&BootVolume::default()), 10);
        assert_eq!(Source::Image(&image).gib(&set), 20);
        let mut snapshot: Snapshot =
            serde_json::from_value(json!({"id": "s", "status": "available", "size": 30})).unwrap();
        assert_eq!(Source::Snapshot(&snapshot).gib(&set), 30, "never smaller than the snapshot");
        snapshot.size = 8;
        assert_eq!(Source::Snapshot(&snapshot).gib(&set), 20);
    }
}
