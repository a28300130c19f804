//! Project, region and zones: where to work.

use reqwest::StatusCode;

use super::Gce;
use super::api::Ask;
use super::failure::{Failure, Refusal};
use super::names::last;
use crate::report::Watch;
use crate::{Error, Result};

/// Of a zone: `us-central1` of `us-central1-a`.
pub fn region_of(zone: &str) -> &str {
    zone.rsplit_once('-').map_or(zone, |(region, _)| region)
}

/// `us-central1-a`, and not `us-central1`.
fn is_zone(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, letter)| {
        letter.len() == 1 && letter.starts_with(|char: char| char.is_ascii_lowercase())
    })
}

/// The API has several answers for that.
fn is_no_region(refusal: &Refusal) -> bool {
    let told = ["/regions/", "Unknown region"].iter().any(|it| refusal.message.contains(it));
    told && [StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST].contains(&refusal.status)
}

impl Gce {
    /// `projects/P`: of the settings, else of the credentials.
    pub(super) async fn root(&self, watch: &Watch) -> Result<String> {
        Ok(format!("projects/{}", self.project(watch).await?))
    }

    pub(super) async fn project(&self, watch: &Watch) -> Result<String> {
        if let Some(project) = &self.settings.project {
            return Ok(project.clone());
        }
        self.api.credentials.project(watch).await?.ok_or_else(|| {
            let place = self.api.credentials.place();
            Error::config(format!("no project is set, and {place} names none"))
                .hint("set GCE_PROJECT, or clouds.gce.project in config.yaml")
        })
    }

    /// The region asked for, else that of the zones.
    pub(super) fn region_name(&self) -> Result<String> {
        let zones = self.given_zones();
        let region = match (self.region.as_str(), zones.first()) {
            ("", Some(zone)) => region_of(zone).to_owned(),
            ("", None) => {
                return Err(Error::config("no region of gce is chosen")
                    .hint("say region:us-central1, or set clouds.gce.region or clouds.gce.zone"));
            }
            (region, _) if is_zone(region) => {
                let of = region_of(region);
                return Err(Error::usage(format!("{region} is a zone, not a region"))
                    .hint(format!("say region:{of} and --set zone={region}")));
            }
            (region, _) => region.to_owned(),
        };
        if let Some(other) = zones.iter().find(|zone| region_of(zone) != region) {
            let message = format!("the zone {other} is not in the region {region}");
            return Err(Error::config(message)
                .hint("clouds.gce.zone and zones belong under the region they are in"));
        }
        Ok(region)
    }

    fn given_zones(&self) -> Vec<String> {
        let one = self.settings.zone.iter().cloned();
        if self.settings.zone.is_some() { one.collect() } else { self.settings.zones.clone() }
    }

    /// The zones to try, in this order; never empty.
    pub(super) async fn zones(&self, watch: &Watch) -> Result<Vec<String>> {
        let region = self.region_name()?;
        let path = format!("{}/regions/{region}", self.root(watch).await?);
        let purpose = format!("look up the region {region}");
        let found = match self.api.ask(&Ask::get(&path, &[], &purpose), watch).await {
            Err(Failure::Refused(refusal)) if is_no_region(&refusal) => {
                return Err(Error::config(format!("gce has no region {region}"))
                    .cause(refusal.message)
                    .hint("`gcloud compute regions list` shows them"));
            }
            other => other?,
        };
        let zones = found["zones"].as_array().into_iter().flatten();
        let mut zones: Vec<String> =
            zones.filter_map(|zone| Some(last(zone.as_str()?).to_owned())).collect();
        zones.sort();
        let given = self.given_zones();
        if let Some(other) = given.iter().find(|zone| !zones.contains(zone)) {
            return Err(Error::config(format!("the region {region} has no zone {other}"))
                .hint(format!("it has {}", zones.join(", "))));
        }
        if !given.is_empty() {
            return Ok(given);
        }
        if zones.is_empty() {
            return Err(Error::config(format!("the region {region} has no zone at present"))
                .hint("choose another region"));
        }
        Ok(zones)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_regions_are_told_apart() {
        assert!(is_zone("us-central1-a") && !is_zone("us-central1"));
        assert_eq!(region_of("europe-west4-b"), "europe-west4");
    }
}
