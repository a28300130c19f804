//! The images that an error lists when the base image was not found.

use aws_config::retry::RetryConfig;
use aws_sdk_ec2::config::Builder;
use aws_sdk_ec2::types;

use super::filter::filter;
use super::image;
use super::provider::Ec2;
use crate::cloud::Call;
use crate::config::ec2::Query;
use crate::{Error, Result};

/// How many images an error lists.
const CANDIDATES: usize = 3;

impl Ec2 {
    /// The error with the images that come nearest to the query, if there are any.
    pub(super) async fn with_nearest(
        &self,
        error: Error,
        query: &Query,
        call: &Call,
    ) -> Result<Error> {
        let near = self.near(query, call).await?;
        if near.is_empty() && self.allows_some_images(call).await {
            return Ok(error
                .cause("the account allows images of some owners only: EC2 shows no others")
                .hint(
                    "ask for this owner to be allowed (\"Allowed AMIs\" in the EC2 console): `aws ec2 \
                     get-allowed-images-settings` shows who is",
                ));
        }
        if near.is_empty() {
            return Ok(error.hint(
                "check the owner's account id, and that it publishes images in this region",
            ));
        }
        let error =
            error.hint("adjust `base` in config.yaml, or pass an id: `imgctl up:base=ami-…`");
        Ok(near.iter().fold(error, |error, found| error.cause(format!("nearest: {}", line(found)))))
    }

    /// Whether the account, or its organisation, hides all images but those of certain owners. Whoever may not
    /// ask is not told.
    /// Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-allowed-amis.html>
    async fn allows_some_images(&self, call: &Call) -> bool {
        // EC2-compatible servers do not know the request, and some answer with a status that is tried again.
        let once = || Builder::new().retry_config(RetryConfig::disabled());
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.get_allowed_images_settings().customize().config_override(once()).send()
        };
        let asked = self.clients.call(None, "GetAllowedImagesSettings", &call.watch, send).await;
        asked.is_ok_and(|reply| reply.state() == Some("enabled"))
    }

    /// Images of the same owners whose names begin alike, newest first. The beginning is shortened
    /// until there are any; of each, those that are not deprecated come first.
    async fn near(&self, query: &Query, call: &Call) -> Result<Vec<types::Image>> {
        let literal = query.name.split(['*', '?']).next().unwrap_or_default();
        // Names are cut where words end.
        let cuts = literal.char_indices().rev().filter(|(_, c)| "-_/. ".contains(*c));
        let mut patterns: Vec<String> = vec![format!("{literal}*")];
        patterns.extend(cuts.map(|(at, _)| format!("{}*", &literal[..at])).step_by(2).take(3));
        patterns.push("*".to_owned());
        for pattern in patterns {
            let filters = [filter("name", &[&pattern])];
            for deprecated in [false, true] {
                // A vendor may have tens of thousands: one reply has enough.
                let query = image::Query { owners: &query.owners, filters: &filters, deprecated };
                let mut found = self.some_images(&query, call).await?;
                found.reverse();
                found.truncate(CANDIDATES);
                if !found.is_empty() {
                    return Ok(found);
                }
            }
        }
        Ok(Vec::new())
    }

    /// The error with the newest images of this account, if there are any.
    pub(super) async fn with_own_images(&self, error: Error, call: &Call) -> Error {
        match self.own_images(None, &[], call).await {
            Ok(own) if own.is_empty() => {
                error.hint("list your own images with `imgctl list_images:all=true`")
            }
            Ok(own) => own
                .iter()
                .rev()
                .take(CANDIDATES)
                .fold(error, |error, found| error.cause(format!("your own: {}", line(found)))),
            // The first error is the one that matters.
            Err(_) => error,
        }
    }
}

/// An image as errors list it: id, name, and what may exclude it.
fn line(image: &types::Image) -> String {
    let architecture = image.architecture().map_or("", |architecture| architecture.as_str());
    let state = image.state().map_or("", |state| state.as_str());
    let mut text = format!(
        "{} {} ({architecture}, {state}, {})",
        image.image_id().unwrap_or_default(),
        image.name().unwrap_or_default(),
        image.creation_date().unwrap_or_default(),
    );
    if let Some(since) = image.deprecation_time() {
        text.push_str(&format!(", deprecated {since}"));
    }
    text
}
