//! Channels, with the names that the settings give them.

use super::Run;
use crate::cloud::{Capability, Channel, Held};
use crate::{Code, Error, Result};

/// A channel of the selected distribution: `stable`, or `DISTRIBUTION/stable` of another one.
pub fn of(run: &Run, text: &str) -> Result<Channel> {
    let selection = run.selection()?;
    let mut channel = Channel::parse(text, &selection.distribution)?;
    let key = format!("publish.channel_names.{}", selection.cloud);
    let called = run.config.get(&key)?;
    channel.called = called.and_then(|called| called.as_str().map(str::to_owned));
    Ok(channel)
}

pub fn held(run: &Run, channel: &Channel) -> Result<Held> {
    let cloud = run.cloud()?;
    cloud.require(Capability::PromoteImage)?;
    run.block_on(cloud.channel(channel, &run.call()?))
}

/// Whether the image could be put into the channel, by what the cloud knows now.
pub fn check(run: &Run, channel: &Channel, id: &str) -> Result<()> {
    let cloud = run.cloud()?;
    cloud.require(Capability::PromoteImage)?;
    run.block_on(cloud.check_promotion(id, channel, &run.call()?))
}

/// The image in a channel; of several, which an interrupted promotion leaves, the newest.
pub fn image(run: &Run, text: &str) -> Result<String> {
    let held = held(run, &of(run, text)?)?;
    held.images.last().cloned().ok_or_else(|| {
        Error::new(Code::NotFound, format!("no image is in the channel {text} ({})", held.place))
            .hint("put one there with `imgctl promote:id=ID`")
    })
}
