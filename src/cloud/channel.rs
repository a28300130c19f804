//! Channels: the names under which consumers find the image in use.

use super::{Image, ImageState, Tags};
use crate::{Code, Error, Result};

/// The tag whose value is the channel of an image, on clouds whose channels are tags.
pub const CHANNEL_TAG: &str = "imgctl-channel";
/// Beside it, the distribution: each has a channel of its own of the same name.
pub const DISTRIBUTION_TAG: &str = "imgctl-distribution";

/// A channel of a distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// `stable`.
    pub name: String,
    pub distribution: String,
    /// What the cloud calls it, in place of the usual: `{channel}` and `{distribution}` are filled in.
    pub called: Option<String>,
}

/// The images that are in a channel now: one, none, or several after an interrupted change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// What the channel is there: `parameter /imgctl/debian12/stable`.
    pub place: String,
    /// Ids, oldest first.
    pub images: Vec<String>,
}

/// What became of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promoted {
    pub changed: bool,
    pub before: Held,
}

impl Channel {
    /// `stable`, or `debian12/stable` of another distribution than this one.
    ///
    /// # Errors
    /// `Config` for a name that not every cloud takes.
    pub fn parse(text: &str, distribution: &str) -> Result<Channel> {
        let (distribution, name) = text.split_once('/').unwrap_or((distribution, text));
        let fits = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
        let is_name = |name: &str| {
            name.starts_with(|char: char| char.is_ascii_lowercase())
                && name.len() <= 40
                && name.chars().all(fits)
        };
        if !is_name(name) || distribution.is_empty() {
            return Err(Error::config(format!("`{text}` is not the name of a channel")).hint(
                "use lower-case letters, digits and -, at most 40, such as `stable`; of another \
                 distribution `debian12/stable`",
            ));
        }
        let (name, distribution) = (name.to_owned(), distribution.to_owned());
        Ok(Channel { name, distribution, called: None })
    }

    /// What the cloud calls it; `usual` has placeholders, too.
    #[must_use]
    pub fn called(&self, usual: &str) -> String {
        let called = self.called.as_deref().unwrap_or(usual);
        called.replace("{channel}", &self.name).replace("{distribution}", &self.distribution)
    }

    /// The tags of an image in the channel: that of the channel first.
    #[must_use]
    pub fn tags(&self) -> [(String, String); 2] {
        let distribution = (DISTRIBUTION_TAG.to_owned(), self.distribution.clone());
        [(self.called(CHANNEL_TAG), self.name.clone()), distribution]
    }

    /// The images that have its tags.
    pub fn held<'a>(&self, images: impl IntoIterator<Item = &'a Image>) -> Held {
        let [(key, name), _] = self.tags();
        let place = format!("tag {key}={name} of {}", self.distribution);
        let has = |image: &&Image| {
            self.tags().iter().all(|(key, value)| image.tags.get(key) == Some(value))
        };
        let images = images.into_iter().filter(has).map(|image| image.id.clone()).collect();
        Held { place, images }
    }

    /// Whether an image can get its tags.
    ///
    /// # Errors
    /// `Refused` for an image that consumers could not use, or that would leave another channel.
    pub fn accepts(&self, image: &Image) -> Result<()> {
        usable(image)?;
        let [(key, name), (_, distribution)] = self.tags();
        let other = image.tags.get(&key).filter(|value| **value != name);
        let of = image.tags.get(DISTRIBUTION_TAG).filter(|value| **value != distribution);
        let is_tagged = image.tags.contains_key(&key);
        match (other, of.filter(|_| is_tagged)) {
            (None, None) => Ok(()),
            (other, of) => {
                let other = other.unwrap_or(&name);
                let of = of.unwrap_or(&distribution);
                Err(refusal(&image.id, &format!("channel {other} of {of}"))
                    .hint("promote another image to that channel first; for several channels at a time set \
                           publish.channel_names of this cloud to \"imgctl-channel-{channel}\""))
            }
        }
    }
}

/// The channel that the tags of an image name, whatever its name and its image's distribution are.
#[must_use]
pub fn of_tags(tags: &Tags) -> Option<String> {
    let is_of_channel = |key: &str| {
        let rest = key.strip_prefix(CHANNEL_TAG);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let (key, name) = tags.iter().find(|(key, _)| is_of_channel(key))?;
    let of = tags.get(DISTRIBUTION_TAG).map(|of| format!(" of {of}")).unwrap_or_default();
    Some(if name.is_empty() { format!("its tag {key}") } else { format!("channel {name}{of}") })
}

/// An image that would leave something that its consumers look for.
#[must_use]
pub fn refusal(id: &str, what: &str) -> Error {
    Error::new(Code::Refused, format!("image {id} is in {what}, which it would leave"))
}

/// Whether consumers could use an image.
///
/// # Errors
/// `Refused` for one that is not available.
pub fn usable(image: &Image) -> Result<()> {
    let state = match image.state {
        ImageState::Available => return Ok(()),
        ImageState::Pending => "not available yet",
        ImageState::Failed => "not available: it failed",
    };
    Err(Error::new(Code::Refused, format!("image {} ({}) is {state}", image.id, image.name))
        .hint("promote one that `imgctl list_images` shows as available"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_named_alike_on_every_cloud() {
        let channel = Channel::parse("debian12/stable", "x").unwrap();
        assert_eq!(channel, Channel::parse("stable", "debian12").unwrap());
        assert_eq!(channel.called("/imgctl/{distribution}/{channel}"), "/imgctl/debian12/stable");
        for wrong in ["", "Stable", "-x", "a b", "/stable", "a/b/c", "a_b"] {
            assert!(Channel::parse(wrong, "debian12").is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_image_is_in_one_channel_by_its_tag() {
        let mut image = crate::cloud::user_data::example::launch(None).image;
        let stable = Channel::parse("stable", "debian12").unwrap();
        assert_eq!(stable.held([&image]).images, Vec::<String>::new());
        assert_eq!(of_tags(&image.tags), None);
        image.tags.extend(stable.tags());
        assert_eq!(of_tags(&image.tags).as_deref(), Some("channel stable of debian12"));
        assert_eq!(stable.held([&image]).images, std::slice::from_ref(&image.id));
        assert!(stable.accepts(&image).is_ok());
        for other in ["beta", "debian13/stable"] {
            let other = Channel::parse(other, "debian12").unwrap();
            assert_eq!(other.held([&image]).images, Vec::<String>::new());
            assert!(other.accepts(&image).is_err());
        }
    }

    #[test]
    fn every_tag_of_a_channel_is_known_whatever_its_value() {
        let of = |key: &str, value: &str| of_tags(&Tags::from([(key.into(), value.into())]));
        assert_eq!(of("imgctl-channel", "beta").as_deref(), Some("channel beta"));
        assert_eq!(of("imgctl-channel-beta", "beta").as_deref(), Some("channel beta"));
        assert_eq!(of("imgctl-channel", "").as_deref(), Some("its tag imgctl-channel"));
        for other in ["imgctl-channels", "channel", "imgctl-distribution"] {
            assert_eq!(of(other, "beta"), None, "{other}");
        }
    }
}
