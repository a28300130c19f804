//! Images for others: copies in other regions, sharing, the date of their end.

use super::images::image;
use crate::cloud::{CopyTarget, Image, Share};
use crate::rehearsal::journal::Journal;
use crate::rehearsal::world::{Snapshot, World};
use crate::{Error, Result};

/// The tag that tells what a copy was made of.
const COPY_TAG: &str = "imgctl-copy-of";

fn snapshot<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Snapshot> {
    world
        .images
        .get_mut(id)
        .ok_or_else(|| Error::not_found(format!("no image {id} made by imgctl")))
}

pub(in crate::rehearsal::cloud) fn copy_image(
    journal: &Journal,
    id: &str,
    target: &CopyTarget,
) -> Result<(Image, bool)> {
    journal.call(&format!("cloud copy image {id} to {}", target.region), |world| {
        let mut copy = snapshot(world, id)?.clone();
        if let Some((known, other)) = copy_in(world, id, &copy, target) {
            return Ok((image(known, other), false));
        }
        let number = world.number();
        copy.region.clone_from(&target.region);
        copy.created = World::time(number);
        copy.token = format!("copy-{number}");
        copy.tags.insert(COPY_TAG.to_owned(), id.to_owned());
        let new = format!("img-{number}");
        let made = image(&new, &copy);
        world.images.insert(new, copy);
        Ok((made, true))
    })
}

pub(in crate::rehearsal::cloud) fn find_copy(
    journal: &Journal,
    id: &str,
    target: &CopyTarget,
) -> Result<Option<Image>> {
    journal.call(&format!("cloud find copy of image {id} in {}", target.region), |world| {
        let source = snapshot(world, id)?.clone();
        let copy = copy_in(world, id, &source, target);
        Ok(copy.map(|(known, other)| image(known, other)))
    })
}

/// The copy of an image in that region, or the image itself if it is of that region.
fn copy_in<'w>(
    world: &'w World,
    id: &str,
    source: &Snapshot,
    target: &CopyTarget,
) -> Option<(&'w String, &'w Snapshot)> {
    let is_copy = |other: &Snapshot| {
        other.region == target.region
            && (other.tags.get(COPY_TAG).is_some_and(|of| of == id)
                || source.region == other.region)
    };
    world.images.iter().find(|(_, other)| is_copy(other))
}

pub(in crate::rehearsal::cloud) fn share_image(
    journal: &Journal,
    id: &str,
    with: &Share,
    only_looks: bool,
) -> Result<bool> {
    let others: Vec<&String> = with.accounts.iter().chain(&with.organizations).collect();
    if only_looks {
        return journal.call(&format!("cloud find who shares image {id}"), |world| {
            let shared = &snapshot(world, id)?.shared;
            Ok(others.iter().any(|other| !shared.contains(*other)))
        });
    }
    let names: Vec<&str> = others.iter().map(|name| name.as_str()).collect();
    journal.call(&format!("cloud share image {id} with {}", names.join(" ")), |world| {
        let shared = &mut snapshot(world, id)?.shared;
        let before = shared.len();
        shared.extend(others.iter().map(|name| (*name).clone()));
        Ok(shared.len() > before)
    })
}

pub(in crate::rehearsal::cloud) fn deprecate_image(
    journal: &Journal,
    id: &str,
    at: &str,
    only_looks: bool,
) -> Result<bool> {
    if only_looks {
        return journal.call(&format!("cloud find when image {id} is deprecated"), |world| {
            Ok(snapshot(world, id)?.deprecated.as_deref() != Some(at))
        });
    }
    journal.call(&format!("cloud deprecate image {id} at {at}"), |world| {
        let deprecated = &mut snapshot(world, id)?.deprecated;
        let changed = deprecated.as_deref() != Some(at);
        *deprecated = Some(at.to_owned());
        Ok(changed)
    })
}
