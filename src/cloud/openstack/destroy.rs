//! Removing what a run created, and waiting until it is gone.

use super::asking::{self, Seen};
use super::network::{floating, security_groups};
use super::provider::{OpenStack, patience};
use super::{delete_image, delete_volume, idempotency, key_pair, looks, server, snapshots, sweep};
use crate::Result;
use crate::cloud::grace::Grace;
use crate::cloud::{Call, Resource, ResourceKind};

/// The order of removal: addresses before their server, the server before all that it uses, images
/// and snapshots before the volumes that they depend on.
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
    // One for all, so that they are waited for side by side.
    let grace = idempotency::grace();
    for resource in order {
        call.watch.check()?;
        for id in ids(cloud, resource, &grace, call).await? {
            one(cloud, resource.kind, &id, call).await?;
        }
        call.ledger.gone(&resource.token)?;
    }
    Ok(())
}

/// The id in the ledger; without one, the ids of everything that carries the tags of this intent. The
/// request for it may still be on its way, so this waits for it to be listed.
async fn ids(
    cloud: &OpenStack,
    resource: &Resource,
    grace: &Grace,
    call: &Call,
) -> Result<Vec<String>> {
    if let Some(id) = &resource.id {
        return Ok(vec![id.clone()]);
    }
    let what = format!("the {} of an earlier request, if any", resource.kind);
    let look = || async {
        let found = sweep::of_kind(cloud, resource.kind, Some(&call.run), call).await?;
        let ours = found.into_iter().filter(|found| match resource.kind {
            // The name of a key pair holds no token.
            ResourceKind::KeyPair => found.role == resource.role,
            _ => found.token == resource.token,
        });
        let ids: Vec<String> = ours.filter_map(|found| found.id).collect();
        Ok((!ids.is_empty()).then_some(ids))
    };
    let found = match grace.find_requested(&what, resource, call, look).await? {
        // The servers of the API may not agree, and the last look was at one that lags behind.
        None => looks::surely(&what, &call.watch, look).await?,
        found => found,
    };
    Ok(found.unwrap_or_default())
}

async fn one(cloud: &OpenStack, kind: ResourceKind, id: &str, call: &Call) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    match kind {
        ResourceKind::Instance => server::delete(cloud, id, call).await,
        ResourceKind::KeyPair => key_pair::delete(cloud, id, call).await,
        ResourceKind::Address => address(cloud, id, call).await,
        ResourceKind::Image => delete_image::remove(cloud, id, call).await,
        ResourceKind::Snapshot => {
            snapshots::delete(client, id, patience(cloud.settings.stop_timeout), watch).await
        }
        ResourceKind::Disk => delete_volume::remove(cloud, id, call).await,
        ResourceKind::SecurityGroup => security_group(cloud, id, call).await,
    }
}

async fn security_group(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let what = format!("security group {id} to be gone");
    let (client, watch) = (&cloud.client, &call.watch);
    // Busy while the port of the deleted server still uses it.
    let delete = || security_groups::delete(client, id, watch);
    asking::until_done(&what, patience(cloud.settings.stop_timeout), watch, delete, || async {
        let found = security_groups::get(client, id, watch).await?;
        Ok(found.map_or(Seen::Done, |_| Seen::Unchanged("still listed".to_owned())))
    })
    .await
}

async fn address(cloud: &OpenStack, id: &str, call: &Call) -> Result<()> {
    let what = format!("floating address {id} to be released");
    let (client, watch) = (&cloud.client, &call.watch);
    let delete = || floating::release(client, id, watch);
    asking::until_done(&what, patience(cloud.settings.stop_timeout), watch, delete, || async {
        let found = floating::get(client, id, watch).await?;
        Ok(found.map_or(Seen::Done, |it| Seen::Unchanged(format!("{} is still there", it.address))))
    })
    .await
}
