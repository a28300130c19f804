//! Resources of any kind: finding and deleting them.

use super::images::unused_image;
use crate::Result;
use crate::cloud::{RUN_TAG, Resource, ResourceKind, Tags, refusals};
use crate::rehearsal::journal::Journal;

pub(in crate::rehearsal::cloud) fn find_by_token(
    journal: &Journal,
    resource: &Resource,
) -> Result<Option<String>> {
    let (kind, token) = (resource.kind, &resource.token);
    let line = format!("cloud find {} role={}", kind.name(), resource.role);
    journal.ask(&line, |world| {
        Ok(match kind {
            ResourceKind::Instance => {
                world.instances.iter().find(|(_, it)| it.token == *token).map(|(id, _)| id.clone())
            }
            ResourceKind::Image => {
                world.images.iter().find(|(_, it)| it.token == *token).map(|(id, _)| id.clone())
            }
            ResourceKind::KeyPair => {
                world.key_pairs.iter().find(|(_, it)| it.token == *token).map(|(id, _)| id.clone())
            }
            _ => None,
        })
    })
}

/// Succeeds for what is already gone.
pub(in crate::rehearsal::cloud) fn delete(
    journal: &Journal,
    kind: ResourceKind,
    id: &str,
) -> Result<()> {
    journal.call(&format!("cloud delete {} {id}", kind.name()), |world| {
        match kind {
            ResourceKind::Instance => drop(world.instances.remove(id)),
            ResourceKind::Image => {
                unused_image(world, id)?;
                world.images.remove(id);
            }
            ResourceKind::KeyPair => {
                if world.instances.values().any(|machine| machine.key_pair == id) {
                    return Err(refusals::in_use(kind, id, &[]));
                }
                world.key_pairs.remove(id);
            }
            _ => {}
        }
        Ok(())
    })
}

pub(in crate::rehearsal::cloud) fn find_run(
    journal: &Journal,
    run: Option<&str>,
    region: &str,
) -> Result<Vec<Resource>> {
    let resource = |kind, id: &str, role: &str, token: &str, name: &str, tags: &Tags| {
        let run = tags.get(RUN_TAG).cloned().unwrap_or_default();
        let attributes = [("name".to_owned(), name.to_owned()), ("run".to_owned(), run)];
        Resource {
            kind,
            role: role.to_owned(),
            token: token.to_owned(),
            id: Some(id.to_owned()),
            region: region.to_owned(),
            attributes: attributes.into(),
        }
    };
    journal.ask(&format!("cloud find run {}", run.unwrap_or("any")), |world| {
        let of_run = |tags: &Tags| {
            let tag = tags.get(RUN_TAG).map(String::as_str);
            tag.is_some() && (run.is_none() || run == tag)
        };
        let keys = world.key_pairs.iter().filter(|(_, it)| of_run(&it.tags)).map(|(id, it)| {
            resource(ResourceKind::KeyPair, id, &it.role, &it.token, &it.name, &it.tags)
        });
        let machines = world.instances.iter().filter(|(_, it)| of_run(&it.tags)).map(|(id, it)| {
            resource(ResourceKind::Instance, id, &it.role, &it.token, &it.name, &it.tags)
        });
        let images = world.images.iter().filter(|(_, it)| of_run(&it.tags)).map(|(id, it)| {
            resource(ResourceKind::Image, id, &it.name, &it.token, &it.name, &it.tags)
        });
        Ok(keys.chain(machines).chain(images).collect())
    })
}
