//! Channels: tags of images.

use super::images::image;
use crate::cloud::{Channel, Held, Image};
use crate::rehearsal::journal::Journal;
use crate::rehearsal::world::World;
use crate::{Error, Result};

fn images(world: &World, region: &str) -> Vec<Image> {
    let here = world.images.iter().filter(|(_, own)| own.region == region);
    let mut images: Vec<Image> = here.map(|(id, own)| image(id, own)).collect();
    images.sort_by(|one, other| one.created.cmp(&other.created));
    images
}

pub(in crate::rehearsal::cloud) fn held(
    journal: &Journal,
    channel: &Channel,
    region: &str,
) -> Result<Held> {
    let line = format!("cloud find images in channel {}/{}", channel.distribution, channel.name);
    journal.ask(&line, |world| Ok(channel.held(&images(world, region))))
}

pub(in crate::rehearsal::cloud) fn accepts(
    journal: &Journal,
    id: &str,
    channel: &Channel,
    region: &str,
) -> Result<()> {
    let line = format!("cloud find images in channel {}/{}", channel.distribution, channel.name);
    journal.ask(&line, |world| accepted(&images(world, region), id, channel))
}

fn accepted(images: &[Image], id: &str, channel: &Channel) -> Result<()> {
    let found = images.iter().find(|image| image.id == id);
    channel.accepts(found.ok_or_else(|| Error::not_found(format!("no image {id}")))?)
}

pub(in crate::rehearsal::cloud) fn enter(
    journal: &Journal,
    id: &str,
    channel: &Channel,
    region: &str,
) -> Result<()> {
    let line = format!("cloud tag image {id} {}/{}", channel.distribution, channel.name);
    journal.call(&line, |world| {
        accepted(&images(world, region), id, channel)?;
        if let Some(own) = world.images.get_mut(id) {
            own.tags.extend(channel.tags());
        }
        Ok(())
    })
}

pub(in crate::rehearsal::cloud) fn leave(
    journal: &Journal,
    id: &str,
    channel: &Channel,
) -> Result<()> {
    let line = format!("cloud untag image {id} {}/{}", channel.distribution, channel.name);
    let [(key, _), _] = channel.tags();
    journal.call(&line, |world| {
        world.images.get_mut(id).map(|own| own.tags.remove(&key));
        Ok(())
    })
}
