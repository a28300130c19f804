//! Channels: a tag in the manifests of images.

use super::image::{self, Manifest};
use super::store::Store;
use crate::cloud::{Channel, Held, Image, Promoted};
use crate::{Code, Error, Result};

pub fn held(store: &Store, channel: &Channel) -> Result<Held> {
    let images: Vec<Image> = image::all(store)?.iter().map(Manifest::image).collect();
    Ok(channel.held(&images))
}

/// The image, if it may be put into the channel.
pub fn promotable(store: &Store, id: &str, channel: &Channel) -> Result<Manifest> {
    let wanted = image::find(store, id)?;
    channel.accepts(&wanted.image())?;
    Ok(wanted)
}

/// The caller has the lock.
pub fn promote(store: &Store, id: &str, channel: &Channel) -> Result<Promoted> {
    let mut wanted = promotable(store, id, channel)?;
    let before = held(store, channel)?;
    let is_held = before.images.contains(&wanted.id);
    if !is_held {
        wanted.tags.extend(channel.tags());
        wanted.save(&store.images())?;
    }
    let others: Vec<&String> = before.images.iter().filter(|held| **held != wanted.id).collect();
    let [(key, _), _] = channel.tags();
    for other in &others {
        if let Some(mut manifest) = Manifest::load(&store.images(), other)? {
            manifest.tags.remove(&key);
            manifest.save(&store.images())?;
        }
    }
    Ok(Promoted { changed: !is_held || !others.is_empty(), before })
}

/// The image in a channel, `DISTRIBUTION/CHANNEL`.
pub fn newest(store: &Store, text: &str) -> Result<Manifest> {
    let held = held(store, &Channel::parse(text, "")?)?;
    match held.images.last() {
        Some(id) => image::find(store, id),
        None => Err(Error::new(Code::NotFound, format!("no image is in the channel {text}"))
            .hint("put one there with `imgctl promote:id=ID`")),
    }
}
