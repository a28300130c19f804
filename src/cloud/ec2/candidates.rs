//! The images that an error lists when the base image was not found.

use aws_sdk_ec2::types;

use super::filter::filter;
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
        if near.is_empty() {
            return Ok(error.hint(
                "check the owner's account id, and that it publishes images in this region",
            ));
        }
        let error =
            error.hint("adjust `base` in config.yaml, or pass an id: `imgctl up:base=ami-…`");
        Ok(near.iter().fold(error, |error, found| error.cause(format!("nearest: {}", line(found)))))
    }

    /// Images of the same owners whose names begin alike, newest first. The beginning is shortened
    /// until there are any.
    async fn near(&self, query: &Query, call: &Call) -> Result<Vec<types::Image>> {
        let literal = query.name.split(['*', '?']).next().unwrap_or_default();
        // Names are cut where words end.
        let cuts = literal.char_indices().rev().filter(|(_, c)| "-_/. ".contains(*c));
        let mut patterns: Vec<String> = vec![format!("{literal}*")];
        patterns.extend(cuts.map(|(at, _)| format!("{}*", &literal[..at])).step_by(2).take(3));
        patterns.push("*".to_owned());
        for pattern in patterns {
            let filters = [filter("name", &[&pattern])];
            let mut found = self.images(None, &query.owners, &filters, true, call).await?;
            found.reverse();
            found.truncate(CANDIDATES);
            if !found.is_empty() {
                return Ok(found);
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
