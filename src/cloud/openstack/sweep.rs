//! Everything that carries a run's marks, whatever the state file says.

use super::catalogue::Service;
use super::images::Query;
use super::mark::Mark;
use super::network::{floating, security_groups};
use super::{OpenStack, disk, volumes};
use crate::Result;
use crate::cloud::units::utc;
use crate::cloud::{Call, Resource, ResourceKind, Tags};

const KINDS: [ResourceKind; 6] = [
    ResourceKind::Address,
    ResourceKind::Instance,
    ResourceKind::Disk,
    ResourceKind::KeyPair,
    ResourceKind::SecurityGroup,
    ResourceKind::Image,
];

pub async fn find(cloud: &OpenStack, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
    let mut found = Vec::new();
    for kind in KINDS {
        found.extend(of_kind(cloud, kind, run, call).await?);
    }
    Ok(found)
}

pub async fn of_kind(
    cloud: &OpenStack,
    kind: ResourceKind,
    run: Option<&str>,
    call: &Call,
) -> Result<Vec<Resource>> {
    let (client, watch) = (&cloud.client, &call.watch);
    let region = client.region(watch).await?;
    let mut found = Vec::new();
    let mut add = |mark: Option<Mark>, id: String, name: &str, created: &str| {
        if let Some(mark) = mark.filter(|mark| mark.is_of(run)) {
            found.push(resource(kind, mark, id, &region, name, created));
        }
    };
    // A service that the cloud lacks or that imgctl does not use there holds nothing of ours.
    let uses = |service| async move {
        Ok::<bool, crate::Error>(cloud.habits.networks && client.has(service, watch).await?)
    };
    match kind {
        ResourceKind::Instance => {
            for server in cloud.compute.servers(client, watch).await? {
                // What is on its way out needs nobody's help, except to be waited for by its run.
                if server.status != "DELETED" {
                    add(Mark::in_tags(&server.metadata), server.id, &server.name, &server.created);
                }
            }
        }
        ResourceKind::KeyPair => {
            for pair in cloud.compute.key_pairs(client, watch).await? {
                let Some(mark) = Mark::in_key_pair(&pair.name).filter(|mark| mark.is_of(run))
                else {
                    continue;
                };
                let made = cloud.compute.key_pair_made(client, &pair.name, watch).await;
                add(Some(mark), pair.name.clone(), &pair.name, &made.unwrap_or_default());
            }
        }
        ResourceKind::SecurityGroup if uses(Service::Network).await? => {
            for group in security_groups::all(client, watch).await? {
                let created = group.created_at.unwrap_or_default();
                add(Mark::in_words(&group.description), group.id, &group.name, &created);
            }
        }
        ResourceKind::Address if uses(Service::Network).await? => {
            for address in floating::all(client, watch).await? {
                let created = address.created_at.unwrap_or_default();
                add(Mark::in_words(&address.description), address.id, &address.address, &created);
            }
        }
        ResourceKind::Disk if uses_volumes(cloud, call).await? => {
            let mut volumes = volumes::all(client, watch).await?;
            volumes.retain(|it| Mark::in_tags(&it.metadata).is_some_and(|mark| mark.is_of(run)));
            if !volumes.is_empty() {
                // One that an image needs is the image's, and no debris.
                let holders = disk::Holders::of(cloud, None, call).await?;
                volumes.retain(|volume| holders.images(&volume.id).is_empty());
            }
            for volume in volumes {
                let name = volume.name.unwrap_or_default();
                add(Mark::in_tags(&volume.metadata), volume.id, &name, &volume.created_at);
            }
        }
        ResourceKind::Image => {
            let owner = client.session(watch).await?.project.clone();
            let query = Query { owner: Some(owner), ..Query::default() };
            for image in cloud.habits.images.list(client, &query, watch).await? {
                add(Mark::in_tags(&image.tags), image.id, &image.name, &image.created);
            }
        }
        _ => {}
    }
    Ok(found)
}

async fn uses_volumes(cloud: &OpenStack, call: &Call) -> Result<bool> {
    cloud.client.has(Service::Volume, &call.watch).await
}

fn resource(
    kind: ResourceKind,
    mark: Mark,
    id: String,
    region: &str,
    name: &str,
    created: &str,
) -> Resource {
    let mut attributes =
        Tags::from([("name".to_owned(), name.to_owned()), ("run".to_owned(), mark.run.clone())]);
    if !created.is_empty() {
        attributes.insert("created".to_owned(), utc(created));
    }
    Resource {
        kind,
        role: mark.role,
        token: mark.token,
        id: Some(id),
        region: region.to_owned(),
        attributes,
    }
}
