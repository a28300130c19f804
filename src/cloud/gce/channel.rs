//! Channels: image families. Google resolves a family to its newest image that is not deprecated.

use reqwest::Method;
use serde_json::{Value, json};

use super::fault::Failure;
use super::image::{Offer, created, image, offer};
use super::operation::Change;
use super::provider::Gce;
use crate::cloud::{Call, Channel, Held, Promoted, channel};
use crate::{Code, Error, Result};

const USUAL: &str = "{distribution}-{channel}";

impl Gce {
    pub(super) async fn held(&self, channel: &Channel, call: &Call) -> Result<Held> {
        let family = family(channel)?;
        let members = self.members(&family, call).await?;
        Ok(held(&family, members.last()))
    }

    /// The image, if it may be put into the channel's family.
    pub(super) async fn promotable(
        &self,
        id: &str,
        channel: &Channel,
        call: &Call,
    ) -> Result<Value> {
        let family = family(channel)?;
        let found = self.known_image(id, call).await?;
        channel::usable(&image(&found))?;
        let name = found["name"].as_str().unwrap_or_default();
        if offer(&found) != Offer::Offered {
            let message = format!("image {name} is deprecated, so no family offers it");
            return Err(Error::new(Code::Refused, message)
                .hint(format!("offer it again with `gcloud compute images deprecate {name} --state ACTIVE`, or promote another")));
        }
        let other = found["family"].as_str().filter(|other| !other.is_empty() && *other != family);
        if let Some(other) = other {
            return Err(channel::refusal(name, &format!("family {other}")).hint(
                "an image has one family: unset clouds.gce.image_family for images that are promoted, \
                 or set publish.channel_names.gce to that family",
            ));
        }
        Ok(found)
    }

    /// Every other image leaves the family: an older one is the family's image only without the newer.
    pub(super) async fn promote(
        &self,
        id: &str,
        channel: &Channel,
        call: &Call,
    ) -> Result<Promoted> {
        let family = family(channel)?;
        let found = self.promotable(id, channel, call).await?;
        let name = found["name"].as_str().unwrap_or_default();
        let mut members = self.members(&family, call).await?;
        let before = held(&family, members.last());
        let is_member = found["family"] == family;
        if !is_member {
            self.set_family(name, json!(family), call).await?;
        }
        members.retain(|member| member["name"] != name);
        for member in &members {
            let other = member["name"].as_str().unwrap_or_default();
            self.set_family(other, Value::Null, call).await?;
        }
        Ok(Promoted { changed: !is_member || !members.is_empty(), before })
    }

    /// The images that the family offers, oldest first.
    pub(super) async fn members(&self, family: &str, call: &Call) -> Result<Vec<Value>> {
        let path = format!("{}/global/images", self.root(&call.watch).await?);
        let filter = format!("family = \"{family}\"");
        let purpose = format!("list the images of family {family}");
        let mut members = self.api.list(&path, &filter, &purpose, &call.watch).await?;
        // Filters of the API are not exact for every field.
        members.retain(|member| member["family"] == family && offer(member) == Offer::Offered);
        members.sort_by_key(created);
        Ok(members)
    }

    async fn set_family(&self, name: &str, family: Value, call: &Call) -> Result<(), Failure> {
        let purpose = match family.as_str() {
            Some(family) => format!("put image {name} into family {family}"),
            None => format!("take image {name} out of its family"),
        };
        let path = format!("global/images/{name}");
        let patience = self.settings.operation_timeout;
        let mut change = Change::new(Method::PATCH, path, purpose, patience);
        change.body = Some(json!({ "family": family }));
        self.change(&change, &call.watch).await
    }
}

fn held(family: &str, newest: Option<&Value>) -> Held {
    let name = newest.and_then(|newest| newest["name"].as_str()).map(str::to_owned);
    Held { place: format!("family {family}"), images: name.into_iter().collect() }
}

/// A name that Google takes for a family: <https://cloud.google.com/compute/docs/naming-resources>
fn family(channel: &Channel) -> Result<String> {
    let family = channel.called(USUAL);
    let fits = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    let begins = family.starts_with(|char: char| char.is_ascii_lowercase());
    if begins && family.len() <= 63 && !family.ends_with('-') && family.chars().all(fits) {
        return Ok(family);
    }
    Err(Error::config(format!("`{family}` cannot be the name of an image family on gce")).hint(
        "set publish.channel_names.gce to one of at most 63 lower-case letters, digits and -, such as \
         agents-{channel}",
    ))
}
