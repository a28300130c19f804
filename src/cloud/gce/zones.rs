//! Project, region and zones to work in.

use super::api::Ask;
use super::fault::{Failure, Refusal};
use super::name::last;
use super::provider::Gce;
use crate::report::Watch;
use crate::{Error, Result};

/// The region of a zone: `us-central1` for `us-central1-a`.
pub fn region_of(zone: &str) -> &str {
    zone.rsplit_once('-').map_or(zone, |(region, _)| region)
}

/// `us-central1-a`, and not `us-central1`.
fn is_zone(name: &str) -> bool {
    let last = name.rsplit_once('-').map(|(_, last)| last.trim_start_matches(AI));
    last.is_some_and(|last| {
        let letter = last.trim_start_matches(|char: char| char.is_ascii_digit());
        letter.len() == 1 && letter.starts_with(|char: char| char.is_ascii_lowercase())
    })
}

/// What the last part of the name of a zone for accelerators begins with: `us-central1-ai1a`.
/// Source: <https://cloud.google.com/compute/docs/regions-zones/ai-zones>
const AI: &str = "ai";

/// Whether the zone is for accelerators: it has few of the usual machine types.
fn is_for_accelerators(zone: &str) -> bool {
    zone.rsplit_once('-').is_some_and(|(_, last)| last.len() > 1 && last.starts_with(AI))
}

/// The answer to a look at a region: it does not exist. Nothing else in that request can be wrong but the project.
fn is_no_region(refusal: &Refusal) -> bool {
    refusal.is_gone() || refusal.is_invalid()
}

impl Gce {
    /// The path of the project: `projects/P`.
    pub(super) async fn root(&self, watch: &Watch) -> Result<String> {
        Ok(format!("projects/{}", self.project(watch).await?))
    }

    /// The project's id: from the settings, else from the credentials.
    pub(super) async fn project(&self, watch: &Watch) -> Result<String> {
        if let Some(project) = &self.settings.project {
            return valid(project).map(|()| project.clone());
        }
        let project = self.api.credentials.project(watch).await?.ok_or_else(|| {
            let place = self.api.credentials.place();
            Error::config(format!("no project is set, and {place} does not name one"))
                .hint("set GCE_PROJECT, or clouds.gce.project in config.yaml")
        })?;
        valid(&project).map(|()| project)
    }

    /// The chosen region, else that of the configured zones.
    pub(super) fn region_name(&self) -> Result<String> {
        let zones = self.given_zones();
        let region = match (self.region.as_str(), zones.first()) {
            ("", Some(zone)) => region_of(zone).to_owned(),
            ("", None) => {
                return Err(Error::config("no region is chosen for gce")
                    .hint("pass region:us-central1, or set clouds.gce.region or clouds.gce.zone"));
            }
            (region, _) if is_zone(region) => {
                let of = region_of(region);
                return Err(Error::usage(format!("{region} is a zone, not a region"))
                    .hint(format!("pass region:{of} and --set zone={region}")));
            }
            (region, _) => region.to_owned(),
        };
        if let Some(other) = zones.iter().find(|zone| region_of(zone) != region) {
            let message = format!("the zone {other} is not in the region {region}");
            return Err(Error::config(message)
                .hint("set `zone` or `zones` below their region, in clouds.gce.regions"));
        }
        Ok(region)
    }

    fn given_zones(&self) -> Vec<String> {
        let one = self.settings.zone.iter().cloned();
        if self.settings.zone.is_some() { one.collect() } else { self.settings.zones.clone() }
    }

    /// The zones to try, in this order; never empty.
    ///
    /// # Errors
    /// `Code::Config` for a region or zone that does not exist.
    pub(super) async fn zones(&self, watch: &Watch) -> Result<&Vec<String>> {
        self.zones.get_or_try_init(|| self.read_zones(watch)).await
    }

    async fn read_zones(&self, watch: &Watch) -> Result<Vec<String>> {
        let region = self.region_name()?;
        let path = format!("{}/regions/{region}", self.root(watch).await?);
        let purpose = format!("look up the region {region}");
        let found = match self.api.ask(&Ask::get(&path, &[], &purpose), watch).await {
            Err(Failure::Refused(refusal)) if is_no_region(&refusal) => {
                return Err(Error::config(format!("gce has no region {region}"))
                    .cause(refusal.message)
                    .hint("choose one that `gcloud compute regions list` shows"));
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
                .hint(format!("choose one of {}", zones.join(", "))));
        }
        if !given.is_empty() {
            return Ok(given);
        }
        if zones.is_empty() {
            return Err(Error::config(format!("the region {region} has no available zone"))
                .hint("choose another region"));
        }
        // gcloud's own zone comes first, without excluding the others.
        let usual = self.api.credentials.zone(watch);
        zones.sort_by_key(|zone| (Some(zone) != usual.as_ref(), is_for_accelerators(zone)));
        Ok(zones)
    }
}

/// Refuses what is the name of a project, not its id: Google would answer to it as to a wrong region.
fn valid(project: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:".contains(c);
    if !project.is_empty() && project.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::config(format!("`{project}` is not the id of a project")).hint(
        "set GCE_PROJECT (or clouds.gce.project) to the id, not the name: `gcloud projects list` shows both",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_project_is_not_its_id() {
        for id in ["test-project", "example.com:my-project", "123456789012"] {
            assert!(valid(id).is_ok(), "{id}");
        }
        for name in ["", "My Project", "my_project", "p/q"] {
            assert!(valid(name).is_err(), "{name}");
        }
    }

    #[test]
    fn zones_and_regions_are_told_apart() {
        assert!(is_zone("us-central1-a") && !is_zone("us-central1"));
        assert!(is_zone("us-central1-ai1a") && is_for_accelerators("us-central1-ai1a"));
        assert!(!is_for_accelerators("us-central1-a") && !is_zone("europe-west12"));
        assert_eq!(region_of("europe-west4-b"), "europe-west4");
    }
}
