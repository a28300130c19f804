//! Deleting images, with what belongs to them alone.

use super::catalogue::Service;
use super::mark::Mark;
use super::{OpenStack, disk, images, power, snapshots, volumes};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Cloud, Image, ResourceKind};
use crate::{Code, Error, Result};

pub async fn delete(cloud: &OpenStack, id: &str, force: bool, call: &Call) -> Result<()> {
    let found = cloud.habits.images.need(&cloud.client, id, &call.watch).await?;
    if !force {
        let users = cloud.image_users(id, call).await?;
        if !users.is_empty() {
            return Err(Error::new(Code::Refused, format!("image {id} is in use"))
                .cause(format!("started from it: {}", users.join(", ")))
                .hint("destroy them first, or delete_image:ID,force=true"));
        }
    }
    remove(cloud, id, call).await?;
    for resource in call.ledger.resources()? {
        if resource.kind == ResourceKind::Image && resource.id.as_deref() == Some(id) {
            call.ledger.gone(&resource.token)?;
        }
    }
    volumes_kept_for(cloud, &found, call).await
}

/// Removes an image, finished or not, with the snapshots it stands for. These first: only the image
/// knows of them, so they are found again if this is killed in between.
pub async fn remove(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    let patience = power::patience(cloud.settings.stop_timeout);
    if let Some(image) = cloud.habits.images.get(client, id, watch).await? {
        let snapshots = snapshots::of_image(&image);
        if !snapshots.is_empty() && client.has(Service::Volume, watch).await? {
            refuse_protected(&image)?;
            for snapshot in snapshots {
                snapshots::delete(client, &snapshot, patience, watch).await?;
            }
        }
    }
    cloud.habits.images.delete(client, id, watch).await?;
    let what = format!("image {id} to be gone");
    wait::until(&what, patience, watch, || async {
        let found = cloud.habits.images.get(client, id, watch).await?;
        let status =
            |image: &Image| image.attributes.get(images::STATUS).cloned().unwrap_or_default();
        Ok(match found.as_ref().map(status) {
            None => Poll::Ready(()),
            Some(status) if status == "deleted" => Poll::Ready(()),
            Some(status) => Poll::Pending(status),
        })
    })
    .await
}

/// Glance would refuse it, but only once its data is gone.
fn refuse_protected(image: &Image) -> Result<()> {
    if image.attributes.get(images::PROTECTED).is_none_or(|protected| protected != "true") {
        return Ok(());
    }
    Err(Error::new(Code::Refused, format!("image {} is protected", image.id))
        .hint("take the protection away first, if that is meant"))
}

/// Volumes of the image's server that `destroy` had to leave because of the image. One that this
/// state still has an interest in is left to `destroy`.
async fn volumes_kept_for(cloud: &OpenStack, image: &Image, call: &Call) -> Result<()> {
    let Some(made) = Mark::in_tags(&image.tags) else { return Ok(()) };
    if snapshots::of_image(image).is_empty()
        || !cloud.client.has(Service::Volume, &call.watch).await?
    {
        return Ok(());
    }
    let written = call.ledger.resources()?;
    for volume in volumes::all(&cloud.client, &call.watch).await? {
        let same = Mark::in_tags(&volume.metadata)
            .is_some_and(|mark| mark.run == made.run && mark.role == made.role);
        let in_use = written.iter().any(|known| known.id.as_ref() == Some(&volume.id));
        let is_free = ["available", "detaching", "error"].contains(&volume.status.as_str());
        if same && !in_use && is_free {
            disk::remove(cloud, &volume.id, call).await?;
        }
    }
    Ok(())
}
