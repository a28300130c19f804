//! The volume that a server boots from: if the settings want one, or if the image holds no data and
//! stands for a snapshot of a volume. Nova would create a volume from such an image by itself, but
//! without tags, so it would not be found again.

use super::catalogue::Service;
use super::idempotency::Once;
use super::image;
use super::provider::{OpenStack, patience};
use super::snapshots::{self, Snapshot};
use super::tags::RunTags;
use super::volumes::{self, New, Source};
use super::{delete_volume, volume_messages, volume_settings};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Launch, ResourceKind};
use crate::config::openstack::BootVolume;
use crate::report::Level;
use crate::{Error, Result};

/// How to create it.
pub struct Plan {
    settings: BootVolume,
    /// None: from the image.
    snapshot: Option<Snapshot>,
}

/// None: the server boots from its flavor's own disk.
///
/// # Errors
/// `Config` if the cloud has no block storage or the image's snapshot no longer exists.
pub async fn plan(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<Option<Plan>> {
    let (client, watch) = (&cloud.client, &call.watch);
    let (wanted, base) = (&cloud.settings.boot_volume, &launch.image);
    let snapshot = image::boot_snapshot(base);
    if wanted.is_none() && snapshot.is_none() {
        return Ok(None);
    }
    if !client.has(Service::Volume, watch).await? {
        return Err(if wanted.is_some() {
            Error::config("`boot_volume` is set, but the cloud has no block storage")
                .hint("remove `boot_volume`")
        } else {
            Error::config(format!("image {} is a snapshot of a volume", base.name))
                .cause("the cloud has no block storage in this region")
                .hint("choose another `base`")
        });
    }
    if wanted.is_some() && !cloud.differences.images_of_volumes {
        let message = "`boot_volume` is set, but this cloud's images do not include volumes, so they \
                       would be empty: remove it, and choose a flavor that has a disk";
        watch.report.log(Level::Warning, message);
    }
    let mut settings = wanted.clone().unwrap_or_default();
    volume_settings::check(client, &settings, watch).await?;
    let Some(id) = snapshot else {
        volume_settings::fits(&settings, base)?;
        // Cinder's own choice may be another zone than the server's, which nova may refuse. A volume of a
        // snapshot is where that is.
        let of_server = cloud.settings.availability_zone.as_deref();
        if let (None, Some(zone)) = (&settings.availability_zone, of_server) {
            settings.availability_zone = volume_settings::zone_like(client, zone, watch).await?;
        }
        return Ok(Some(Plan { settings, snapshot: None }));
    };
    let Some(found) = snapshots::get(client, &id, watch).await? else {
        return Err(Error::config(format!("image {} ({}) is empty", base.name, base.id))
            .cause(format!("its volume snapshot {id} does not exist"))
            .hint(format!("choose another `base`, and run `imgctl delete_image:{}`", base.id)));
    };
    let more = image::snapshots(base).len() - 1;
    if more > 0 {
        let message = format!(
            "image {} has {more} more volumes, which are not used: the server gets the boot volume only",
            base.name
        );
        watch.report.log(Level::Warning, &message);
    }
    Ok(Some(Plan { settings, snapshot: Some(found) }))
}

/// The id of the volume, ready to boot from: a new one, or the one of an earlier attempt.
pub async fn ensure(
    cloud: &OpenStack,
    plan: &Plan,
    launch: &Launch,
    call: &Call,
) -> Result<String> {
    let (client, watch) = (&cloud.client, &call.watch);
    let patience = patience(cloud.settings.start_timeout);
    let once = Once::begin(ResourceKind::Disk, &launch.role, &[("name", &launch.name)], call)?;
    let find = || async {
        let known = volumes::all(client, watch).await?;
        let ours = known.into_iter().find(|volume| {
            RunTags::from_tags(&volume.metadata).is_some_and(|tags| tags.is_for(&once.intent))
        });
        Ok(ours.map(|volume| volume.id))
    };
    let id = match once.earlier(find).await? {
        Some(id) => id,
        None => {
            let what = format!("the snapshots of image {} to be ready", launch.image.name);
            wait::until(&what, patience, watch, || async {
                match snapshots::unready(client, &launch.image, watch).await? {
                    None => Ok(Poll::Ready(())),
                    Some(it) if it.for_good => Err(Error::failed(format!(
                        "no volume can be created from image {}",
                        launch.image.name
                    ))
                    .cause(it.why)),
                    Some(it) => Ok(Poll::Pending(it.why)),
                }
            })
            .await?;
            let source =
                plan.snapshot.as_ref().map_or(Source::Image(&launch.image), Source::Snapshot);
            let tags = once.tags().with(&launch.tags);
            let new = New { settings: &plan.settings, source, name: &launch.name, tags: &tags };
            // Cinder reads the image with this token.
            client.freshen(watch).await?;
            once.make(|| volumes::create(client, &new, watch), find).await?
        }
    };
    call.ledger.created(&once.intent.token, &id, &[])?;
    let Some(error) = failure(cloud, &id, launch, call).await? else { return Ok(id) };
    // Nothing of it can be used, so the next attempt begins anew. Why it failed is what matters.
    match delete_volume::remove(cloud, &id, call).await {
        Ok(()) => call.ledger.gone(&once.intent.token)?,
        Err(kept) => watch.report.log(Level::Warning, &format!("volume {id} is left: {kept}")),
    }
    Err(error)
}

/// Waits until a volume holds its data; the error if it never will.
async fn failure(
    cloud: &OpenStack,
    id: &str,
    launch: &Launch,
    call: &Call,
) -> Result<Option<Error>> {
    let (client, watch) = (&cloud.client, &call.watch);
    let what = format!("volume {id} to hold {}", launch.image.name);
    let patience = patience(cloud.settings.start_timeout);
    wait::until(&what, patience, watch, || async {
        let volume = volumes::get(client, id, watch).await?;
        match volume.as_ref().map(|volume| volume.status.as_str()) {
            // The volume of an earlier attempt may be in use.
            Some("available" | "in-use") => Ok(Poll::Ready(None)),
            Some(status) if status.starts_with("error") => {
                let error = Error::failed(format!("volume {id} went into {status}"));
                let error = match volume_messages::newest(client, id, watch).await {
                    Some(why) => error.cause(why),
                    None => error,
                };
                let hint = "check that `boot_volume` is large enough for the image, and its `type`";
                Ok(Poll::Ready(Some(error.hint(hint))))
            }
            Some(status) => Ok(Poll::Pending(status.to_owned())),
            None => Ok(Poll::Ready(Some(Error::failed(format!(
                "volume {id} vanished while it was being created"
            ))))),
        }
    })
    .await
}
