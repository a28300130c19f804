//! Everything that carries the tags of a run, whatever the state file says.

use super::catalogue::Service;
use super::network::{floating, security_groups};
use super::provider::OpenStack;
use super::tags::RunTags;
use super::volume_users::VolumeUsers;
use super::volumes;
use crate::Result;
use crate::cloud::units::utc;
use crate::cloud::{Call, Resource, ResourceKind, Tags};
use crate::report::Level;

const KINDS: [ResourceKind; 6] = [
    ResourceKind::Address,
    ResourceKind::Instance,
    ResourceKind::Disk,
    ResourceKind::KeyPair,
    ResourceKind::SecurityGroup,
    ResourceKind::Image,
];

/// Everything of this run; of all runs, for none.
pub async fn find(cloud: &OpenStack, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
    let mut found = Vec::new();
    for kind in KINDS {
        found.extend(of_kind(cloud, kind, run, call).await?);
    }
    Ok(found)
}

/// As [`find`], of one kind.
pub async fn of_kind(
    cloud: &OpenStack,
    kind: ResourceKind,
    run: Option<&str>,
    call: &Call,
) -> Result<Vec<Resource>> {
    let (client, watch) = (&cloud.client, &call.watch);
    let region = client.region(watch).await?;
    let mut found = Vec::new();
    let mut add = |tags: Option<RunTags>, id: String, name: &str, created: &str| {
        if let Some(tags) = tags.filter(|tags| tags.belongs_to(run)) {
            found.push(resource(kind, tags, id, &region, name, created));
        }
    };
    // A service that the cloud lacks, or that imgctl does not use there, holds nothing of a run.
    let uses = |service| async move {
        Ok::<bool, crate::Error>(cloud.differences.networks && client.has(service, watch).await?)
    };
    match kind {
        ResourceKind::Instance => {
            for server in cloud.compute.servers(client, watch).await? {
                // A server that is being deleted counts: its run waits until it is gone.
                if server.status != "DELETED" {
                    let tags = RunTags::from_tags(&server.metadata);
                    add(tags, server.id, &server.name, &server.created);
                }
            }
        }
        ResourceKind::KeyPair => {
            for pair in cloud.compute.key_pairs(client, watch).await? {
                let tags = RunTags::from_key_pair_name(&pair.name);
                if !tags.as_ref().is_some_and(|tags| tags.belongs_to(run)) {
                    continue;
                }
                let created = cloud.compute.key_pair_created(client, &pair.name, watch).await;
                add(tags, pair.name.clone(), &pair.name, &created.unwrap_or_default());
            }
        }
        ResourceKind::SecurityGroup if uses(Service::Network).await? => {
            for group in security_groups::all(client, watch).await? {
                let created = group.created_at.unwrap_or_default();
                let tags = RunTags::from_description(&group.description);
                add(tags, group.id, &group.name, &created);
            }
        }
        ResourceKind::Address if uses(Service::Network).await? => {
            for address in floating::all(client, watch).await? {
                let created = address.created_at.unwrap_or_default();
                let tags = RunTags::from_description(&address.description);
                add(tags, address.id, &address.address, &created);
            }
        }
        ResourceKind::Disk if client.has(Service::Volume, watch).await? => {
            let Some(mut volumes) = volumes::all_if_allowed(client, watch).await? else {
                let is_written = |known: &Resource| known.kind == ResourceKind::Disk;
                if call.ledger.resources()?.iter().any(is_written) {
                    return volumes::all(client, watch).await.map(|_| found);
                }
                let message = "this user may not list volumes: none is looked for";
                let level = if run.is_some() { Level::Debug } else { Level::Warning };
                watch.report.log(level, message);
                return Ok(found);
            };
            let of_run = |tags: RunTags| tags.belongs_to(run);
            volumes.retain(|it| RunTags::from_tags(&it.metadata).is_some_and(of_run));
            if !volumes.is_empty() {
                // A volume that an image needs is no leftover.
                let users = VolumeUsers::find(cloud, None, call).await?;
                volumes.retain(|volume| users.images(&volume.id).is_empty());
            }
            for volume in volumes {
                let name = volume.name.unwrap_or_default();
                let tags = RunTags::from_tags(&volume.metadata);
                add(tags, volume.id, &name, &volume.created_at);
            }
        }
        ResourceKind::Image => {
            for image in cloud.own_images(call).await? {
                add(RunTags::from_tags(&image.tags), image.id, &image.name, &image.created);
            }
        }
        _ => {}
    }
    Ok(found)
}

fn resource(
    kind: ResourceKind,
    tags: RunTags,
    id: String,
    region: &str,
    name: &str,
    created: &str,
) -> Resource {
    let mut attributes =
        Tags::from([("name".to_owned(), name.to_owned()), ("run".to_owned(), tags.run.clone())]);
    if !created.is_empty() {
        attributes.insert("created".to_owned(), utc(created));
    }
    Resource {
        kind,
        role: tags.role,
        token: tags.token,
        id: Some(id),
        region: region.to_owned(),
        attributes,
    }
}
