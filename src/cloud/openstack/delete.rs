//! Removing what was made, and making sure that it is gone.

use super::catalogue::Service;
use super::network::{floating, security_groups};
use super::{OpenStack, earlier, power, sweep, volumes};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Cloud, Resource, ResourceKind};
use crate::{Code, Error, Result};

/// A server holds on to all the others, so it goes before them; its address before it.
fn rank(kind: ResourceKind) -> u8 {
    match kind {
        ResourceKind::Address => 0,
        ResourceKind::Instance => 1,
        ResourceKind::Disk => 2,
        ResourceKind::KeyPair => 3,
        ResourceKind::SecurityGroup => 4,
        ResourceKind::Image => 5,
        ResourceKind::Snapshot => 6,
    }
}

pub async fn destroy(cloud: &OpenStack, resources: &[Resource], call: &Call) -> Result<()> {
    let mut order: Vec<&Resource> = resources.iter().collect();
    order.sort_by_key(|resource| rank(resource.kind));
    for resource in order {
        call.watch.check()?;
        for id in ids(cloud, resource, call).await? {
            one(cloud, resource.kind, &id, call).await?;
        }
        call.ledger.gone(&resource.token)?;
    }
    Ok(())
}

/// The id written down; without one, whatever carries the marks of the intent.
async fn ids(cloud: &OpenStack, resource: &Resource, call: &Call) -> Result<Vec<String>> {
    if let Some(id) = &resource.id {
        return Ok(vec![id.clone()]);
    }
    if resource.kind == ResourceKind::Instance {
        // Looks for a while: the request may still be on its way.
        earlier::find_late(cloud, &resource.role, call).await?;
    }
    let found = sweep::of_kind(cloud, resource.kind, Some(&call.run), call).await?;
    let ours = found.into_iter().filter(|found| match resource.kind {
        // Their names hold no token.
        ResourceKind::KeyPair => found.role == resource.role,
        _ => found.token == resource.token,
    });
    Ok(ours.filter_map(|found| found.id).collect())
}

async fn one(cloud: &OpenStack, kind: ResourceKind, id: &str, call: &Call) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    match kind {
        ResourceKind::Instance => server(cloud, id, call).await,
        ResourceKind::KeyPair => cloud.compute.delete_key_pair(client, id, watch).await.map(drop),
        ResourceKind::Address => floating::release(client, id, watch).await.map(drop),
        ResourceKind::Image => {
            cloud.habits.images.delete(client, id, watch).await?;
            image_gone(cloud, id, call).await
        }
        ResourceKind::Snapshot => volumes::delete_snapshot(client, id, watch).await.map(drop),
        ResourceKind::SecurityGroup => {
            let what = format!("security group {id} to be gone");
            let patience = power::patience(cloud.settings.stop_timeout);
            wait::until(&what, patience, watch, || async {
                match security_groups::delete(client, id, watch).await {
                    Ok(_) => Ok(Poll::Ready(())),
                    // 409: the server's port is not gone yet.
                    Err(error) if error.code() == Code::Failed => {
                        Ok(Poll::Pending(error.to_string()))
                    }
                    Err(error) => Err(error),
                }
            })
            .await
        }
        ResourceKind::Disk => {
            let what = format!("volume {id} to be gone");
            let patience = power::patience(cloud.settings.stop_timeout);
            wait::until(&what, patience, watch, || async {
                let Some(volume) = volumes::get(client, id, watch).await? else {
                    return Ok(Poll::Ready(()));
                };
                if volume.status != "deleting" && volumes::delete(client, id, watch).await? {
                    return Ok(Poll::Ready(()));
                }
                Ok(Poll::Pending(volume.status))
            })
            .await
        }
    }
}

pub async fn server(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    let what = format!("server {id} to let itself be deleted");
    let patience = power::patience(cloud.settings.stop_timeout);
    let there = wait::until(&what, patience, watch, || async {
        match cloud.compute.delete_server(client, id, watch).await {
            Ok(there) => Ok(Poll::Ready(there)),
            Err(error) if error.to_string().contains("locked") => {
                Err(error.with_code(Code::Refused).hint(format!("`openstack server unlock {id}`")))
            }
            // 409: nova is doing something with it that must end first.
            Err(error) if error.code() == Code::Failed => Ok(Poll::Pending(error.to_string())),
            Err(error) => Err(error),
        }
    })
    .await?;
    if there { power::gone(cloud, id, call).await } else { Ok(()) }
}

/// Deletes an image with the volume snapshots that belong to it alone.
pub async fn image(cloud: &OpenStack, id: &str, force: bool, call: &Call) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    let found = cloud.habits.images.need(client, id, watch).await?;
    if !force {
        let users = cloud.image_users(id, call).await?;
        if !users.is_empty() {
            return Err(Error::new(Code::Refused, format!("image {id} is in use"))
                .cause(format!("started from it: {}", users.join(", ")))
                .hint("destroy them first, or delete_image:ID,force=true"));
        }
    }
    cloud.habits.images.delete(client, id, watch).await?;
    image_gone(cloud, id, call).await?;
    let snapshots = volumes::snapshots_of(&found);
    if !snapshots.is_empty() && client.has(Service::Volume, watch).await? {
        for snapshot in snapshots {
            volumes::delete_snapshot(client, &snapshot, watch).await?;
        }
    }
    for resource in call.ledger.resources()? {
        if resource.kind == ResourceKind::Image && resource.id.as_deref() == Some(id) {
            call.ledger.gone(&resource.token)?;
        }
    }
    Ok(())
}

async fn image_gone(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let what = format!("image {id} to be gone");
    let patience = power::patience(cloud.settings.stop_timeout);
    wait::until(&what, patience, &call.watch, || async {
        let found = cloud.habits.images.get(&cloud.client, id, &call.watch).await?;
        let status = |image: &crate::cloud::Image| {
            image.attributes.get(super::images::STATUS).cloned().unwrap_or_default()
        };
        Ok(match found.as_ref().map(status) {
            None => Poll::Ready(()),
            Some(status) if status == "deleted" => Poll::Ready(()),
            Some(status) => Poll::Pending(status),
        })
    })
    .await
}
