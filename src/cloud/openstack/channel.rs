//! Channels: a property of images.

use super::provider::OpenStack;
use super::tags;
use crate::cloud::{Call, Channel, Cloud, Held, Image, Promoted};
use crate::report::Level;
use crate::{Code, Error, Result};

pub async fn held(cloud: &OpenStack, channel: &Channel, call: &Call) -> Result<Held> {
    check(cloud, channel)?;
    Ok(channel.held(&cloud.own_images(call).await?))
}

/// All images of the project, if this one may be put into the channel.
///
/// # Errors
/// `NotFound` for an image that is not the project's own, `Refused` for one that no list shows.
pub async fn promotable(
    cloud: &OpenStack,
    id: &str,
    channel: &Channel,
    call: &Call,
) -> Result<Vec<Image>> {
    check(cloud, channel)?;
    let images = cloud.own_images(call).await?;
    let image = images.iter().find(|image| image.id == id).ok_or_else(|| {
        Error::not_found(format!("this project has no image {id}"))
            .hint("run `imgctl list_images:all=true` to list the project's images")
    })?;
    channel.accepts(image)?;
    if image.deprecated.is_some() {
        let message = format!("image {id} is hidden, so nobody who looks for the channel finds it");
        return Err(Error::new(Code::Refused, message).hint(format!(
            "show it with `openstack image set --unhidden {id}`, or promote another"
        )));
    }
    Ok(images)
}

/// # Errors
/// Those of [`promotable`].
pub async fn promote(
    cloud: &OpenStack,
    id: &str,
    channel: &Channel,
    call: &Call,
) -> Result<Promoted> {
    let images = promotable(cloud, id, channel, call).await?;
    let before = channel.held(&images);
    let is_held = before.images.iter().any(|held| held == id);
    let (client, store) = (&cloud.client, cloud.differences.images);
    let [tag, _] = channel.tags();
    if !is_held {
        store.set_properties(client, id, &channel.tags(), &call.watch).await?;
    }
    let others: Vec<&String> = before.images.iter().filter(|held| *held != id).collect();
    for other in &others {
        match store.remove_properties(client, other, &[tag.0.as_str()], &call.watch).await {
            // Deleted meanwhile.
            Err(error) if error.code() == Code::NotFound => {}
            other => other?,
        }
    }
    Ok(Promoted { changed: !is_held || !others.is_empty(), before })
}

/// The image in a channel, `DISTRIBUTION/CHANNEL`; of several the newest.
pub async fn newest(cloud: &OpenStack, text: &str, call: &Call) -> Result<Option<Image>> {
    let channel = Channel::parse(text, "")?;
    let images = cloud.own_images(call).await?;
    let held = channel.held(&images).images;
    if held.len() > 1 {
        let message = format!("several images are in the channel {text}: {}", held.join(", "));
        call.watch.report.log(Level::Warning, &message);
    }
    Ok(images.into_iter().rfind(|image| held.contains(&image.id)))
}

/// Nova copies the properties of a base to the images made of it; imgctl removes those of its own.
fn check(cloud: &OpenStack, channel: &Channel) -> Result<()> {
    let [(key, _), _] = channel.tags();
    if key.starts_with(tags::PREFIX) && key.len() <= 255 {
        return Ok(());
    }
    let name = cloud.name();
    Err(Error::config(format!("`{key}` cannot be the tag of a channel on {name}"))
        .cause(format!(
            "images made from a promoted one would inherit it, unless it begins with {}",
            tags::PREFIX
        ))
        .hint(format!(
            "set publish.channel_names.{name} to a tag such as imgctl-channel-{{channel}}"
        )))
}
