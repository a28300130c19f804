//! Deleting images, with what belongs to them alone.

use super::asking::{self, Seen};
use super::catalogue::Service;
use super::fault::UNPROTECT;
use super::provider::{OpenStack, patience};
use super::tags::RunTags;
use super::{delete_volume, image, snapshots, volumes};
use crate::cloud::{Call, Cloud, Image, ResourceKind, channel, refusals};
use crate::{Code, Error, Result};

pub async fn delete(cloud: &OpenStack, id: &str, force: bool, call: &Call) -> Result<()> {
    let found = cloud.differences.images.need(&cloud.client, id, &call.watch).await?;
    if !force {
        let mut users = cloud.image_users(id, call).await?;
        users.extend(channel::of_tags(&found.tags));
        if !users.is_empty() {
            return Err(refusals::in_use(ResourceKind::Image, id, &users).hint(format!(
                "destroy them first, or promote another image to that channel; or run `imgctl delete_image:{id},force=true`"
            )));
        }
    }
    remove(cloud, id, call).await?;
    call.ledger.forget(ResourceKind::Image, id)?;
    volumes_kept_for(cloud, &found, call).await
}

/// Deletes an image, finished or not, after the volume snapshots that hold its data. Only the image
/// names them, so in this order they are found again if imgctl is killed in between.
pub async fn remove(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    let patience = patience(cloud.settings.stop_timeout);
    if let Some(image) = cloud.differences.images.get(client, id, watch).await? {
        refuse_protected(&image)?;
        let snapshots = image::snapshots(&image);
        if !snapshots.is_empty() && client.has(Service::Volume, watch).await? {
            for snapshot in snapshots {
                snapshots::delete(client, &snapshot, patience, watch).await?;
            }
        }
    }
    let what = format!("image {id} to be gone");
    let delete = || cloud.differences.images.delete(client, id, watch);
    asking::until_done(&what, patience, watch, delete, || async {
        let found = cloud.differences.images.get(client, id, watch).await?;
        Ok(match found.as_ref().map(image::status) {
            None | Some("deleted") => Seen::Done,
            Some(status) => Seen::Unchanged(status.to_owned()),
        })
    })
    .await
}

/// Glance would refuse the deletion without a code that says so, and only after the snapshots are gone.
fn refuse_protected(image: &Image) -> Result<()> {
    if image.attributes.get(image::PROTECTED).is_none_or(|protected| protected != "true") {
        return Ok(());
    }
    Err(Error::new(Code::Refused, format!("image {} is protected", image.id)).hint(UNPROTECT))
}

/// Deletes the volumes of the image's server that `destroy` kept because of the image, except those
/// that are in the state file: they are left to `destroy`.
async fn volumes_kept_for(cloud: &OpenStack, image: &Image, call: &Call) -> Result<()> {
    let Some(created) = RunTags::from_tags(&image.tags) else { return Ok(()) };
    if image::snapshots(image).is_empty() || !cloud.client.has(Service::Volume, &call.watch).await?
    {
        return Ok(());
    }
    let written = call.ledger.resources()?;
    for volume in volumes::all(&cloud.client, &call.watch).await? {
        let same = RunTags::from_tags(&volume.metadata)
            .is_some_and(|tags| tags.run == created.run && tags.role == created.role);
        let in_use = written.iter().any(|known| known.id.as_ref() == Some(&volume.id));
        let is_free = ["available", "detaching", "error"].contains(&volume.status.as_str());
        if same && !in_use && is_free {
            delete_volume::remove(cloud, &volume.id, call).await?;
        }
    }
    Ok(())
}
