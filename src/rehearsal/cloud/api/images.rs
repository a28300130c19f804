//! Images: the published ones and those made by imgctl.

use std::path::Path;

use super::records::{machine, marked, written_down};
use crate::cloud::units::GIB;
use crate::cloud::{
    Call, Image, ImageScope, ImageSpec, ImageState, Resource, ResourceKind, channel, refusals,
};
use crate::error::nearest;
use crate::rehearsal::cloud::catalog;
use crate::rehearsal::journal::Journal;
use crate::rehearsal::world::{Snapshot, World};
use crate::{Code, Error, Result};

pub(super) fn image(id: &str, snapshot: &Snapshot) -> Image {
    Image {
        id: id.to_owned(),
        name: snapshot.name.clone(),
        state: ImageState::Available,
        description: snapshot.description.clone(),
        created: snapshot.created.clone(),
        size: Some(GIB),
        architecture: Some(snapshot.architecture.clone()),
        tags: snapshot.tags.clone(),
        deprecated: snapshot.deprecated.clone(),
        attributes: Default::default(),
    }
}

pub(in crate::rehearsal::cloud) fn find_image(journal: &Journal, wanted: &str) -> Result<Image> {
    journal.ask(&format!("cloud find image {wanted}"), |world| {
        let own = world.images.iter().rev();
        if let Some((id, own)) = own.clone().find(|(id, own)| *id == wanted || own.name == wanted) {
            return Ok(image(id, own));
        }
        if let Some((id, base)) = catalog::base(wanted) {
            return Ok(image(&id, &base));
        }
        let error = Error::not_found(format!("no image {wanted} in cloud fake"));
        let mut names: Vec<&str> = catalog::names().collect();
        names.extend(own.map(|(_, own)| own.name.as_str()));
        Err(match nearest(wanted, names) {
            Some(name) => error.hint(format!("did you mean {name}?")),
            None => error,
        })
    })
}

pub(in crate::rehearsal::cloud) fn create_image(
    journal: &Journal,
    from: &str,
    spec: &ImageSpec,
    intent: &Resource,
    region: &str,
    call: &Call,
) -> Result<Image> {
    written_down(intent, call)?;
    let line = format!("cloud create image name={} from={from}", spec.name);
    journal.call(&line, |world| {
        if let Some((id, own)) = world.images.iter().find(|(_, own)| own.token == intent.token) {
            return Ok(image(id, own));
        }
        if world.images.values().any(|own| own.name == spec.name && own.region == region) {
            return Err(refusals::name_taken(ResourceKind::Image, &spec.name)
                .hint("choose another name or delete it"));
        }
        let machine = machine(world, from)?.clone();
        if machine.running && !spec.no_stop {
            return Err(Error::new(Code::Refused, format!("instance {from} is not stopped")));
        }
        let number = world.number();
        let snapshot = Snapshot {
            name: spec.name.clone(),
            token: intent.token.clone(),
            created: World::time(number),
            description: spec.description.clone(),
            architecture: machine.architecture,
            region: region.to_owned(),
            tags: marked(&spec.tags, call),
            disk: machine.disk,
            ..Snapshot::default()
        };
        let id = format!("img-{number}");
        let made = image(&id, &snapshot);
        world.images.insert(id, snapshot);
        Ok(made)
    })
}

pub(in crate::rehearsal::cloud) fn list_images(
    journal: &Journal,
    scope: ImageScope,
    region: &str,
) -> Result<Vec<Image>> {
    let what = if scope == ImageScope::Own { "own images" } else { "images" };
    journal.ask(&format!("cloud list {what}"), |world| {
        let here = world.images.iter().filter(|(_, own)| own.region == region);
        let mut images: Vec<Image> = here.map(|(id, own)| image(id, own)).collect();
        images.sort_by(|one, other| one.created.cmp(&other.created));
        Ok(images)
    })
}

pub(in crate::rehearsal::cloud) fn delete_image(
    journal: &Journal,
    id: &str,
    force: bool,
) -> Result<()> {
    let forced = if force { " force" } else { "" };
    journal.call(&format!("cloud delete image {id}{forced}"), |world| {
        if !world.images.contains_key(id) {
            return Err(Error::not_found(format!("no image {id} made by imgctl")));
        }
        if !force {
            let users = users_of(world, id);
            if !users.is_empty() {
                let error = refusals::in_use(ResourceKind::Image, id, &users);
                return Err(error.hint("force it, or destroy that first"));
            }
        }
        world.images.remove(id);
        Ok(())
    })
}

pub(in crate::rehearsal::cloud) fn export_image(
    journal: &Journal,
    id: &str,
    format: &str,
    path: &Path,
) -> Result<Vec<String>> {
    let formats = ["raw", "vmdk", "vhd", "gce"];
    if !formats.contains(&format) {
        let error = Error::usage(format!("cloud fake cannot export to {format}"));
        return Err(error.hint(format!("formats: {}", formats.join(", "))));
    }
    journal.call(&format!("cloud export image {id} format={format}"), |world| {
        if !world.images.contains_key(id) {
            return Err(Error::not_found(format!("no image {id} made by imgctl")));
        }
        let beside = path.with_extension("part");
        std::fs::write(&beside, format!("{format} of {id}\n"))
            .and_then(|()| std::fs::rename(&beside, path))
            .map_err(|error| Error::io("write", path, error))?;
        Ok(vec![path.display().to_string()])
    })
}

pub(in crate::rehearsal::cloud) fn image_users(journal: &Journal, id: &str) -> Result<Vec<String>> {
    journal.ask(&format!("cloud find users of image {id}"), |world| Ok(users_of(world, id)))
}

fn users_of(world: &World, id: &str) -> Vec<String> {
    let instances = world.instances.iter().filter(|(_, machine)| machine.image == id);
    let instances = instances.map(|(user, _)| format!("instance {user}"));
    let named = world.images.get(id).and_then(|own| channel::of_tags(&own.tags));
    instances.chain(named).collect()
}

pub(super) fn unused_image(world: &World, id: &str) -> Result<()> {
    match world.instances.iter().find(|(_, machine)| machine.image == id) {
        None => Ok(()),
        Some((user, _)) => {
            Err(refusals::in_use(ResourceKind::Image, id, &[format!("instance {user}")]))
        }
    }
}
