//! Volumes: made with an instance, and deleted with it unless the request says otherwise.

use super::select::{Thing, select};
use super::world::{Tags, now};
use super::xml::{Refusal, Reply, Xml};
use super::{Request, World};

const NOT_FOUND: &str = "InvalidVolume.NotFound";

pub struct Volume {
    pub id: String,
    pub instance: String,
    pub device: String,
    /// GiB.
    pub size: u64,
    pub kind: String,
    pub encrypted: bool,
    pub delete_on_termination: bool,
    pub tags: Tags,
    pub misses: u32,
}

impl Thing for Volume {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Option<Vec<String>> {
        Some(match filter {
            "attachment.instance-id" => vec![self.instance.clone()],
            "volume-id" => vec![self.id.clone()],
            "status" => vec!["in-use".to_owned()],
            _ => return None,
        })
    }

    fn misses(&mut self) -> &mut u32 {
        &mut self.misses
    }
}

pub fn describe(world: &mut World, request: &Request) -> Reply {
    let region = world.region(&request.region);
    let found = select(&mut region.volumes, request, "VolumeId", NOT_FOUND)?;
    let volume = |volume: &mut Volume| {
        let attachment = vec![
            ("volumeId", volume.id.clone().into()),
            ("instanceId", volume.instance.clone().into()),
            ("device", volume.device.clone().into()),
            ("status", "attached".into()),
            ("deleteOnTermination", volume.delete_on_termination.into()),
        ];
        Xml::Fields(vec![
            ("volumeId", volume.id.clone().into()),
            ("size", volume.size.into()),
            ("volumeType", volume.kind.clone().into()),
            ("encrypted", volume.encrypted.into()),
            ("status", "in-use".into()),
            ("createTime", now().into()),
            ("attachmentSet", Xml::Items(vec![Xml::Fields(attachment)])),
            ("tagSet", (&volume.tags).into()),
        ])
    };
    Ok(vec![("volumeSet", Xml::Items(found.into_iter().map(volume).collect()))])
}

pub fn delete(world: &mut World, request: &Request) -> Reply {
    let id = request.form.get("VolumeId");
    let region = world.region(&request.region);
    let Some(volume) = region.volumes.iter().find(|volume| volume.id == id) else {
        return Refusal::client(NOT_FOUND, format!("The volume '{id}' does not exist."));
    };
    let user = region.instances.iter().find(|instance| instance.id == volume.instance);
    if user.is_some_and(|instance| instance.life.state() != "terminated") {
        return Refusal::client("VolumeInUse", format!("Volume {id} is currently attached"));
    }
    region.volumes.retain(|volume| volume.id != id);
    super::xml::done()
}
