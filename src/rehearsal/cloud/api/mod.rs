//! The requests a real provider would send: each is one line of the journal and one chance to fail.

mod images;
mod instances;
mod publish;

pub(super) use images::{
    create_image, delete_image, export_image, find_image, image_users, list_images,
};
pub(super) use instances::{
    console, create_instance, create_key_pair, describe, reboot, start, stop,
};
pub(super) use publish::{copy_image, deprecate_image, share_image};

use crate::cloud::{Call, RUN_TAG, Resource, ResourceKind, Tags};
use crate::rehearsal::journal::Journal;
use crate::rehearsal::world::{Machine, World};
use crate::{Code, Error, Result};

/// Fails unless the ledger knows of the thing that is about to be made.
fn written_down(intent: &Resource, call: &Call) -> Result<()> {
    let known = call.ledger.resources()?;
    if known.iter().any(|known| known.token == intent.token && known.kind == intent.kind) {
        return Ok(());
    }
    let what = format!("{} for {}", kind_name(intent.kind), intent.role);
    Err(Error::failed(format!("asked to create a {what} that is not written down")))
}

fn marked(tags: &Tags, call: &Call) -> Tags {
    let mut tags = tags.clone();
    tags.insert(RUN_TAG.to_owned(), call.run.clone());
    tags
}

fn kind_name(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::KeyPair => "key_pair",
        ResourceKind::SecurityGroup => "security_group",
        ResourceKind::Instance => "instance",
        ResourceKind::Disk => "disk",
        ResourceKind::Address => "address",
        ResourceKind::Image => "image",
        ResourceKind::Snapshot => "snapshot",
    }
}

fn taken(what: &str, name: &str) -> Error {
    Error::new(Code::Refused, format!("a {what} named {name} exists already"))
}

fn machine<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Machine> {
    world.instances.get_mut(id).ok_or_else(|| Error::not_found(format!("no instance {id}")))
}

pub(super) fn find_by_token(journal: &Journal, resource: &Resource) -> Result<Option<String>> {
    let (kind, token) = (resource.kind, &resource.token);
    let line = format!("cloud find {} role={}", kind_name(kind), resource.role);
    journal.call(&line, |world| {
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

/// What is gone already is fine.
pub(super) fn delete(journal: &Journal, kind: ResourceKind, id: &str) -> Result<()> {
    journal.call(&format!("cloud delete {} {id}", kind_name(kind)), |world| {
        match kind {
            ResourceKind::Instance => drop(world.instances.remove(id)),
            ResourceKind::Image => {
                images::unused_image(world, id)?;
                world.images.remove(id);
            }
            ResourceKind::KeyPair => {
                if world.instances.values().any(|machine| machine.key_pair == id) {
                    return Err(Error::new(Code::Refused, format!("key pair {id} is in use")));
                }
                world.key_pairs.remove(id);
            }
            _ => {}
        }
        Ok(())
    })
}

pub(super) fn find_run(
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
    journal.call(&format!("cloud find run {}", run.unwrap_or("any")), |world| {
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
