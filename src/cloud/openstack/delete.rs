//! Removing what was made, and making sure that it is gone.

use super::network::{floating, security_groups};
use super::{OpenStack, delete_image, disk, earlier, power, snapshots, sweep};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Resource, ResourceKind};
use crate::{Code, Result};

/// A server holds on to all the others, so it goes before them; its address before it. An unfinished
/// image holds on to the volume.
fn rank(kind: ResourceKind) -> u8 {
    match kind {
        ResourceKind::Address => 0,
        ResourceKind::Instance => 1,
        ResourceKind::Image => 2,
        ResourceKind::Snapshot => 3,
        ResourceKind::Disk => 4,
        ResourceKind::KeyPair => 5,
        ResourceKind::SecurityGroup => 6,
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
        ResourceKind::Image => delete_image::remove(cloud, id, call).await,
        ResourceKind::Snapshot => {
            let patience = power::patience(cloud.settings.stop_timeout);
            snapshots::delete(client, id, patience, watch).await
        }
        ResourceKind::Disk => disk::remove(cloud, id, call).await,
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
