//! Deleting volumes, except those that an image needs.

use super::provider::{OpenStack, patience};
use super::snapshots::{self, ERROR_DELETING, administrators};
use super::volume_users::VolumeUsers;
use super::volumes::{self, Answer};
use crate::Result;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, ResourceKind, refusals};
use crate::report::Level;

/// Deletes a volume, unless an image needs it: then a message says so, and `delete_image` deletes it
/// later.
pub async fn remove(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    if let Some(image) = VolumeUsers::find(cloud, Some(id), call).await?.images(id).first() {
        let message = format!(
            "volume {id} is kept: image {} is a snapshot of it; `imgctl delete_image:{}` removes both",
            image.name, image.id
        );
        watch.report.log(Level::Info, &message);
        return Ok(());
    }
    let what = format!("volume {id} to be gone");
    wait::until(&what, patience(cloud.settings.stop_timeout), watch, || async {
        let Some(volume) = volumes::get(client, id, watch).await? else {
            return Ok(Poll::Ready(()));
        };
        if volume.status != "deleting" {
            match volumes::delete(client, id, watch).await? {
                Answer::Gone => return Ok(Poll::Ready(())),
                Answer::Accepted => {}
                Answer::Refused if volume.status == ERROR_DELETING => {
                    return Err(administrators(ResourceKind::Disk, id));
                }
                Answer::Refused => remove_orphans(cloud, id, call).await?,
            }
        }
        Ok(Poll::Pending(volume.status))
    })
    .await
}

/// Removes the snapshots that nova made for an image that no longer exists or was never finished.
/// Cinder gives the same answer for a volume that is attached, which passes, and for one with
/// snapshots, which does not.
///
/// # Errors
/// `Refused` if there are snapshots of other kinds: they are someone else's.
async fn remove_orphans(cloud: &OpenStack, volume: &str, call: &Call) -> Result<()> {
    let users = VolumeUsers::list(cloud, Some(volume), call).await?;
    if !users.images(volume).is_empty() {
        return Ok(());
    }
    let (orphans, others): (Vec<_>, Vec<_>) =
        users.snapshots(volume).partition(|snapshot| snapshot.is_for_an_image());
    if !others.is_empty() {
        let ids: Vec<&str> = others.iter().map(|snapshot| snapshot.id.as_str()).collect();
        let named: Vec<String> = ids.iter().map(|id| format!("volume snapshot {id}")).collect();
        return Err(refusals::in_use(ResourceKind::Disk, volume, &named).hint(format!(
            "if nobody needs them, run `openstack volume snapshot delete {}`, then the same command \
             again",
            ids.join(" ")
        )));
    }
    for orphan in orphans {
        let message =
            format!("removing volume snapshot {}, whose image no longer exists", orphan.id);
        call.watch.report.log(Level::Info, &message);
        let patience = patience(cloud.settings.stop_timeout);
        snapshots::delete(&cloud.client, &orphan.id, patience, &call.watch).await?;
    }
    Ok(())
}
