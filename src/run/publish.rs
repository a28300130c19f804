//! Publishing images: copies in other regions, and the date of their deprecation.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::task::JoinSet;

use super::{Run, images, manifest, proof, told};
use crate::cloud::{Capability, CopyTarget, Image, RUN_TAG};
use crate::report::Level;
use crate::state::ImageRecord;
use crate::state::manifest::{Entry, Place, Proof};
use crate::ui::{self, CopySource};
use crate::{Code, Error, Result};

/// A copy as scripts see it.
#[derive(Debug, Clone, Serialize)]
pub struct Copied {
    pub region: String,
    pub id: String,
    pub name: String,
    /// False: the copy existed already.
    pub changed: bool,
}

/// The target of a copy: with the given key, else with that of the region's own settings.
pub fn target(run: &Run, region: &str, encryption_key: Option<String>) -> Result<CopyTarget> {
    let region = region.to_string();
    let selection = run.selection()?;
    let listed = run.config.get(&format!("clouds.{}.regions", selection.cloud))?;
    if encryption_key.is_some() || listed.is_none_or(|listed| listed.get(&region).is_none()) {
        return Ok(CopyTarget { region, encryption_key });
    }
    let (cloud, distribution) = (&selection.cloud, &selection.distribution);
    let there = run.config.select(Some(cloud), Some(&region), Some(distribution))?;
    let encryption_key = run.cloud_of(&there)?.encryption_key();
    Ok(CopyTarget { region, encryption_key })
}

/// Copies to all regions side by side. Successful copies are recorded even when others fail.
pub fn copy(run: &Run, id: &str, targets: Vec<CopyTarget>) -> Result<Vec<Copied>> {
    let cloud = run.cloud()?;
    cloud.require(Capability::CopyImage)?;
    let source = Source::of(run, id)?;
    let mut running = JoinSet::new();
    let call = run.call()?;
    for (place, target) in targets.into_iter().enumerate() {
        let (cloud, call, id) = (cloud.clone(), call.clone(), id.to_string());
        let copy = async move {
            let result = cloud.copy_image(&id, &target, &call).await;
            (place, target.region, result)
        };
        running.spawn_on(copy, run.runtime());
    }
    let mut ended = run.finish(async { Ok(running.join_all().await) })?;
    ended.sort_by_key(|(place, ..)| *place);
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (_, region, result) in ended {
        match result {
            Ok((image, changed)) => done.push(source.remember(run, region, image, changed)?),
            Err(error) => failed.push((region, error)),
        }
    }
    match failed.len() {
        0 => Ok(done),
        1 if done.is_empty() => Err(failed.remove(0).1),
        _ => Err(summary(id, failed)),
    }
}

fn summary(id: &str, failed: Vec<(String, Error)>) -> Error {
    let regions: Vec<&str> = failed.iter().map(|(region, _)| region.as_str()).collect();
    let code = failed.first().map_or(Code::Failed, |(_, error)| error.code());
    let message = format!("image {id} was not copied to {}", regions.join(", "));
    let hint = "run the same command again to copy what is missing";
    failed
        .iter()
        .fold(Error::new(code, message), |error, (region, cause)| {
            error.cause(format!("{region}: {cause}"))
        })
        .hint(hint)
}

/// The image that is copied.
struct Source {
    region: String,
    known: Option<Entry>,
    /// The copies have the same bytes, so they are proven with it.
    verified: Option<Proof>,
    id: String,
}

impl Source {
    fn of(run: &Run, id: &str) -> Result<Source> {
        let known = manifest::find(run, id)?;
        let (region, _) = manifest::place(run)?;
        let verified = proof::of(run, id)?.map(|proof| proof::of_copy(&proof, id));
        Ok(Source { region, known, verified, id: id.to_owned() })
    }

    fn remember(&self, run: &Run, region: String, image: Image, changed: bool) -> Result<Copied> {
        let how = if changed { "copied" } else { "existed already" };
        let message = format!("{region}: {} ({}) {how}", image.name, image.id);
        run.watch.report.log(Level::Success, &message);
        let base = self.known.as_ref().and_then(|entry| entry.base.clone());
        let copy = told::told(run, &image.id, &image.name, base);
        let source = CopySource { id: self.id.clone(), region: self.region.clone() };
        run.ui.copied_image(&ui::Image { region: region.clone(), ..copy }, &source, changed);
        let entry = manifest::path(run)?.map(|_| self.entry(run, &region, &image)).transpose()?;
        if run.store.document().is_some() {
            run.store.update(|document| {
                if document.images.iter().all(|known| known.id != image.id) {
                    document.images.push(ImageRecord {
                        verified: self.verified.clone(),
                        ..images::recorded(&image, &region)
                    });
                }
                Ok(())
            })?;
        }
        manifest::tell(run, entry.into_iter().collect())?;
        Ok(Copied { region, id: image.id, name: image.name, changed })
    }

    /// The copy as the manifest lists it: what the source was made of is what it was made of.
    fn entry(&self, run: &Run, region: &str, image: &Image) -> Result<Entry> {
        let here = manifest::entry(run, image)?;
        let known = self.known.clone().unwrap_or_default();
        // Without a run of its own it belongs to that of its source, by the tag that copies have, too.
        let own = Some(here.run.clone()).filter(|run| !run.is_empty());
        let of_source = || Some(known.run.clone()).filter(|run| !run.is_empty());
        let run = own.or_else(of_source).or_else(|| image.tags.get(RUN_TAG).cloned());
        Ok(Entry {
            run: run.unwrap_or_default(),
            region: region.to_owned(),
            copy_of: Some(Place { id: self.id.clone(), region: self.region.clone() }),
            verified: self.verified.clone(),
            base: known.base,
            scripts: known.scripts,
            identity: known.identity,
            others: known.others,
            ..here
        })
    }
}

/// `2027-01-31` or RFC 3339, as RFC 3339 in UTC to the minute, which every cloud understands.
pub fn moment(text: &str) -> Result<String> {
    let day = || {
        text.parse::<Date>().ok()?.to_zoned_datetime(TimeZone::UTC).ok().map(|day| day.timestamp())
    };
    let found = text.parse::<Timestamp>().ok().or_else(day).ok_or_else(|| {
        Error::usage(format!("`{text}` is not a date"))
            .hint("write it as 2027-01-31 or 2027-01-31T12:00:00Z")
    })?;
    Ok(found.strftime("%Y-%m-%dT%H:%M:00Z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_or_a_moment() {
        assert_eq!(moment("2027-01-31").unwrap(), "2027-01-31T00:00:00Z");
        assert_eq!(moment("2027-01-31T13:45:59+01:00").unwrap(), "2027-01-31T12:45:00Z");
        assert!(moment("tomorrow").is_err());
    }
}
