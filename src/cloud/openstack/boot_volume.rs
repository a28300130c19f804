//! The volume that a server boots from: where the settings want one, and where the image has no data
//! of its own but stands for a snapshot of a volume. Nova would make a volume of such an image by
//! itself; one of ours carries our marks and is sure to be removed.

use super::catalogue::Service;
use super::mark::Mark;
use super::snapshots::{self, Snapshot};
use super::volumes::{self, New, Source};
use super::{OpenStack, power};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Launch, ResourceKind};
use crate::config::openstack::BootVolume;
use crate::report::Level;
use crate::{Error, Result};

/// What to make it of.
pub struct Plan {
    settings: BootVolume,
    /// None: of the image.
    snapshot: Option<Snapshot>,
}

/// None: the server boots from its flavor's own disk.
pub async fn plan(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<Option<Plan>> {
    let (client, watch) = (&cloud.client, &call.watch);
    let (wanted, image) = (&cloud.settings.boot_volume, &launch.image);
    let snapshot = snapshots::to_boot(image);
    if wanted.is_none() && snapshot.is_none() {
        return Ok(None);
    }
    if !client.has(Service::Volume, watch).await? {
        return Err(if wanted.is_some() {
            Error::config("boot_volume is set, and the cloud has no block storage")
                .hint("take `boot_volume` away")
        } else {
            Error::config(format!("image {} is a snapshot of a volume", image.name))
                .cause("the cloud has no block storage here")
                .hint("choose another `base`")
        });
    }
    if wanted.is_some() && !cloud.habits.images_of_volumes {
        let message = "boot_volume is set: images leave volumes out here, so there will be nothing in \
                       them; take it away, and choose a flavor that has a disk";
        watch.report.log(Level::Warning, message);
    }
    let settings = wanted.clone().unwrap_or_default();
    let Some(id) = snapshot else { return Ok(Some(Plan { settings, snapshot: None })) };
    let Some(found) = snapshots::get(client, &id, watch).await? else {
        return Err(Error::config(format!("image {} ({}) is empty", image.name, image.id))
            .cause(format!("volume snapshot {id}, which it stands for, does not exist"))
            .hint(format!("choose another `base`, and `imgctl delete_image:{}`", image.id)));
    };
    let more = snapshots::of_image(image).len() - 1;
    if more > 0 {
        let message = format!(
            "image {} stands for {more} more volumes, which are left out: the server gets the one to \
             boot from",
            image.name
        );
        watch.report.log(Level::Warning, &message);
    }
    Ok(Some(Plan { settings, snapshot: Some(found) }))
}

/// The id of the volume, ready to boot from: a new one, or the one of an earlier try.
pub async fn ensure(
    cloud: &OpenStack,
    plan: &Plan,
    launch: &Launch,
    call: &Call,
) -> Result<String> {
    let (client, watch) = (&cloud.client, &call.watch);
    let patience = power::patience(cloud.settings.start_timeout);
    let intent = call.ledger.intend(ResourceKind::Disk, &launch.role, &[("name", &launch.name)])?;
    let known = volumes::all(client, watch).await?;
    let ours = known
        .into_iter()
        .find(|volume| Mark::in_tags(&volume.metadata).is_some_and(|mark| mark.is_for(&intent)));
    let id = match ours {
        Some(volume) => volume.id,
        None => {
            let what = format!("image {} to be whole", launch.image.name);
            wait::until(&what, patience, watch, || async {
                match snapshots::unready(client, &launch.image, watch).await? {
                    None => Ok(Poll::Ready(())),
                    Some(it) if it.for_good => Err(Error::failed(format!(
                        "nothing can be made from image {}",
                        launch.image.name
                    ))
                    .cause(it.why)),
                    Some(it) => Ok(Poll::Pending(it.why)),
                }
            })
            .await?;
            let source =
                plan.snapshot.as_ref().map_or(Source::Image(&launch.image), Source::Snapshot);
            let mark = Mark::of(&intent, call);
            let (name, tags) = (launch.name.as_str(), &launch.tags);
            let new = New { settings: &plan.settings, source, name, tags, mark: &mark };
            volumes::create(client, &new, watch).await?
        }
    };
    call.ledger.created(&intent.token, &id, &[])?;
    let what = format!("volume {id} to hold {}", launch.image.name);
    wait::until(&what, patience, watch, || async {
        let volume = volumes::get(client, &id, watch).await?;
        match volume.as_ref().map(|volume| volume.status.as_str()) {
            // Of an earlier try it may be in use.
            Some("available" | "in-use") => Ok(Poll::Ready(())),
            Some(status) if status.starts_with("error") => {
                Err(Error::failed(format!("volume {id} went into {status}"))
                    .hint("is its size enough for the image, and its type right?"))
            }
            Some(status) => Ok(Poll::Pending(status.to_owned())),
            None => Err(Error::failed(format!("volume {id} vanished while it was made"))),
        }
    })
    .await?;
    Ok(id)
}
