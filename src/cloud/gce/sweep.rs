//! Everything that carries a run's label, whatever the state file says.

use std::collections::BTreeMap;

use serde_json::Value;

use super::name::last;
use super::provider::Gce;
use super::tags::run_of;
use super::zones::region_of;
use crate::Result;
use crate::cloud::{Call, RUN_TAG, Resource, ResourceKind, units};

impl Gce {
    /// The instances, disks and images of this run, or of any run for None.
    pub(super) async fn labelled(&self, run: Option<&str>, call: &Call) -> Result<Vec<Resource>> {
        let filter = match run {
            Some(run) => format!("labels.{RUN_TAG} = \"{run}\""),
            None => format!("labels.{RUN_TAG}:*"),
        };
        let root = self.root(&call.watch).await?;
        // The region of this run is known, that of another one is not.
        let own = run.filter(|run| *run == call.run);
        let region = own.and_then(|_| self.region_name().ok());
        let mut found = Vec::new();
        for (kind, path) in [
            (ResourceKind::Instance, "aggregated/instances"),
            (ResourceKind::Disk, "aggregated/disks"),
            (ResourceKind::Image, "global/images"),
        ] {
            let path = format!("{root}/{path}");
            let purpose = format!("find the {kind}s of imgctl");
            let listed = self.api.listed(&path, &filter, &purpose, &call.watch).await?;
            // A run has nothing outside its region, so an unreachable zone elsewhere does not matter.
            let matters = |place: &str| match &region {
                Some(region) if place.contains("zones/") => region_of(last(place)) == region,
                Some(region) if place.contains("regions/") => last(place) == region,
                _ => true,
            };
            let items = listed.complete(&purpose, matters)?;
            let wanted = |item: &&Value| match (run_of(item), run) {
                (Some(label), Some(run)) => label == run,
                (label, _) => label.is_some(),
            };
            found.extend(items.iter().filter(wanted).map(|item| resource(kind, item)));
        }
        Ok(found)
    }
}

/// Something found in the cloud, as a resource that is not recorded.
pub fn resource(kind: ResourceKind, item: &Value) -> Resource {
    let text = |key: &str| item[key].as_str().unwrap_or_default();
    let (name, zone) = (text("name").to_owned(), last(text("zone")).to_owned());
    let mut attributes = BTreeMap::from([
        ("name".to_owned(), name.clone()),
        ("run".to_owned(), run_of(item).unwrap_or_default().to_owned()),
        ("created".to_owned(), units::utc(text("creationTimestamp"))),
    ]);
    if !zone.is_empty() {
        attributes.insert("zone".to_owned(), zone.clone());
    }
    Resource {
        kind,
        role: String::new(),
        token: String::new(),
        id: Some(name),
        region: region_of(&zone).to_owned(),
        attributes,
    }
}
