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
        let is_copy = |other: &Snapshot| {
            other.region == target.region
                && (other.tags.get(COPY_TAG).is_some_and(|of| of == id)
                    || copy.region == other.region)
        };
        if let Some((known, other)) = world.images.iter().find(|(_, other)| is_copy(other)) {
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

pub(in crate::rehearsal::cloud) fn share_image(
    journal: &Journal,
    id: &str,
    with: &Share,
) -> Result<bool> {
    let others: Vec<&String> = with.accounts.iter().chain(&with.organizations).collect();
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
) -> Result<bool> {
    journal.call(&format!("cloud deprecate image {id} at {at}"), |world| {
        let deprecated = &mut snapshot(world, id)?.deprecated;
        let changed = deprecated.as_deref() != Some(at);
        *deprecated = Some(at.to_owned());
        Ok(changed)
    })
}
