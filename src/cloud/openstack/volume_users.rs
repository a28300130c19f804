//! Which images need which volumes, and which servers boot from the volumes of an image.
//!
//! Cinder deletes no volume that has snapshots, and the image of a server that boots from a volume is
//! a snapshot of it: such a volume has to be kept as long as its image.

use super::catalogue::Service;
use super::image;
use super::provider::OpenStack;
use super::snapshots::{self, Snapshot};
use super::volumes::{self, Volume};
use crate::cloud::{Call, Image};
use crate::report::Level;
use crate::{Code, Result};

/// The snapshots of volumes, and the project's images, some of which need them.
pub struct VolumeUsers {
    snapshots: Vec<Snapshot>,
    images: Vec<Image>,
}

impl VolumeUsers {
    /// Of all volumes, or of one. Empty where the cloud does not allow to list snapshots: cinder
    /// itself deletes no volume that has any.
    pub async fn find(cloud: &OpenStack, volume: Option<&str>, call: &Call) -> Result<VolumeUsers> {
        match VolumeUsers::list(cloud, volume, call).await {
            Err(error)
                if matches!(error.code(), Code::Refused | Code::NotFound | Code::Capability) =>
            {
                let message = format!("the snapshots of volumes are not known: {error}");
                call.watch.report.log(Level::Debug, &message);
                Ok(VolumeUsers { snapshots: Vec::new(), images: Vec::new() })
            }
            listed => listed,
        }
    }

    /// As [`VolumeUsers::find`], where snapshots must be listed.
    pub async fn list(cloud: &OpenStack, volume: Option<&str>, call: &Call) -> Result<VolumeUsers> {
        let mut users = VolumeUsers { snapshots: Vec::new(), images: Vec::new() };
        if cloud.differences.images_of_volumes {
            users.snapshots = snapshots::list(&cloud.client, volume, &call.watch).await?;
        }
        if !users.snapshots.is_empty() {
            users.images = cloud.own_images(call).await?;
        }
        Ok(users)
    }

    /// The images that need a volume.
    pub fn images(&self, volume: &str) -> Vec<&Image> {
        let needs_it = |image: &&Image| {
            let of_image = image::snapshots(image);
            self.snapshots(volume).any(|snapshot| of_image.contains(&snapshot.id))
        };
        self.images.iter().filter(needs_it).collect()
    }

    /// The snapshots of a volume.
    pub fn snapshots(&self, volume: &str) -> impl Iterator<Item = &Snapshot> {
        self.snapshots.iter().filter(move |it| it.volume_id.as_deref() == Some(volume))
    }
}

/// The ids of the servers that boot from volumes made from an image's snapshots.
pub async fn servers_of(cloud: &OpenStack, image: &str, call: &Call) -> Result<Vec<String>> {
    let (client, watch) = (&cloud.client, &call.watch);
    if !cloud.differences.images_of_volumes {
        return Ok(Vec::new());
    }
    let image = cloud.differences.images.get(client, image, watch).await?;
    let snapshots = image.as_ref().map(image::snapshots).unwrap_or_default();
    if snapshots.is_empty() || !client.has(Service::Volume, watch).await? {
        return Ok(Vec::new());
    }
    let volumes = volumes::all(client, watch).await?;
    let made_from_it = |volume: &&Volume| {
        volume.snapshot_id.as_ref().is_some_and(|snapshot| snapshots.contains(snapshot))
    };
    let servers = volumes.iter().filter(made_from_it).flat_map(Volume::servers);
    Ok(servers.map(str::to_owned).collect())
}
