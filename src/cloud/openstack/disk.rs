//! Removing volumes. Cinder deletes none that has snapshots, and the image of a server that boots from
//! a volume stands for a snapshot of it: such a volume stays as long as its image.

use super::catalogue::Service;
use super::snapshots::{self, Snapshot};
use super::volumes::{self, Answer, Volume};
use super::{OpenStack, images, power};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Image};
use crate::report::Level;
use crate::{Code, Error, Result};

/// Which images hang on which volumes.
pub struct Holders {
    snapshots: Vec<Snapshot>,
    images: Vec<Image>,
}

impl Holders {
    /// Of all volumes, or of one. None where the cloud does not let us look: cinder itself deletes no
    /// volume that has snapshots.
    pub async fn of(cloud: &OpenStack, volume: Option<&str>, call: &Call) -> Result<Holders> {
        match Holders::known(cloud, volume, call).await {
            Err(error)
                if matches!(error.code(), Code::Refused | Code::NotFound | Code::Capability) =>
            {
                let message = format!("the snapshots of volumes are not known: {error}");
                call.watch.report.log(Level::Debug, &message);
                Ok(Holders { snapshots: Vec::new(), images: Vec::new() })
            }
            known => known,
        }
    }

    async fn known(cloud: &OpenStack, volume: Option<&str>, call: &Call) -> Result<Holders> {
        let mut holders = Holders { snapshots: Vec::new(), images: Vec::new() };
        if cloud.habits.images_of_volumes {
            holders.snapshots = snapshots::list(&cloud.client, volume, &call.watch).await?;
        }
        if !holders.snapshots.is_empty() {
            let owner = Some(cloud.client.session(&call.watch).await?.project.clone());
            let query = images::Query { owner, ..images::Query::default() };
            holders.images = cloud.habits.images.list(&cloud.client, &query, &call.watch).await?;
        }
        Ok(holders)
    }

    /// The images that need a volume.
    pub fn images(&self, volume: &str) -> Vec<&Image> {
        let stands_for_it = |image: &&Image| {
            let of_image = snapshots::of_image(image);
            self.snapshots(volume).any(|snapshot| of_image.contains(&snapshot.id))
        };
        self.images.iter().filter(stands_for_it).collect()
    }

    fn snapshots(&self, volume: &str) -> impl Iterator<Item = &Snapshot> {
        self.snapshots.iter().filter(move |it| it.volume_id.as_deref() == Some(volume))
    }
}

/// The ids of servers that boot from volumes made of the snapshots that an image stands for.
pub async fn servers_of(cloud: &OpenStack, image: &str, call: &Call) -> Result<Vec<String>> {
    let (client, watch) = (&cloud.client, &call.watch);
    if !cloud.habits.images_of_volumes {
        return Ok(Vec::new());
    }
    let image = cloud.habits.images.get(client, image, watch).await?;
    let snapshots = image.as_ref().map(snapshots::of_image).unwrap_or_default();
    if snapshots.is_empty() || !client.has(Service::Volume, watch).await? {
        return Ok(Vec::new());
    }
    let volumes = volumes::all(client, watch).await?;
    let made_of_it = |volume: &&Volume| {
        volume.snapshot_id.as_ref().is_some_and(|snapshot| snapshots.contains(snapshot))
    };
    let servers = volumes.iter().filter(made_of_it).flat_map(Volume::servers);
    Ok(servers.map(str::to_owned).collect())
}

/// Deletes a volume, unless an image hangs on it: then it says so, and `delete_image` will do it.
pub async fn remove(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    if let Some(image) = Holders::of(cloud, Some(id), call).await?.images(id).first() {
        let message = format!(
            "volume {id} stays: image {} is a snapshot of it, and `imgctl delete_image:{}` removes both",
            image.name, image.id
        );
        watch.report.log(Level::Info, &message);
        return Ok(());
    }
    let what = format!("volume {id} to be gone");
    let patience = power::patience(cloud.settings.stop_timeout);
    wait::until(&what, patience, watch, || async {
        let Some(volume) = volumes::get(client, id, watch).await? else {
            return Ok(Poll::Ready(()));
        };
        if volume.status != "deleting" {
            match volumes::delete(client, id, watch).await? {
                Answer::Gone => return Ok(Poll::Ready(())),
                Answer::Accepted => {}
                Answer::Refused => without_snapshots(cloud, id, call).await?,
            }
        }
        Ok(Poll::Pending(volume.status))
    })
    .await
}

/// Cinder says the same of a volume that is attached, which passes, and of one with snapshots, which
/// does not. Those that nova made for an image that is gone, or never came to be, go; nobody else's do.
async fn without_snapshots(cloud: &OpenStack, volume: &str, call: &Call) -> Result<()> {
    let holders = Holders::known(cloud, Some(volume), call).await?;
    if !holders.images(volume).is_empty() {
        return Ok(());
    }
    let (orphans, others): (Vec<_>, Vec<_>) =
        holders.snapshots(volume).partition(|snapshot| snapshot.is_for_an_image());
    let others: Vec<&str> = others.into_iter().map(|snapshot| snapshot.id.as_str()).collect();
    if !others.is_empty() {
        return Err(Error::new(Code::Refused, format!("cannot delete volume {volume}"))
            .cause(format!("somebody made snapshots of it: {}", others.join(", ")))
            .hint(format!(
                "if nobody needs them, `openstack volume snapshot delete {}`, and then the same again",
                others.join(" ")
            )));
    }
    for orphan in orphans {
        let message = format!("removing volume snapshot {}, whose image is gone", orphan.id);
        call.watch.report.log(Level::Info, &message);
        let patience = power::patience(cloud.settings.stop_timeout);
        snapshots::delete(&cloud.client, &orphan.id, patience, &call.watch).await?;
    }
    Ok(())
}
