//! Availability zones.

use serde_json::Value;

use super::nova::Compute;
use crate::cloud::openstack::client::Client;
use crate::error::nearest;
use crate::report::Watch;
use crate::{Code, Error, Result};

impl Compute {
    /// Refuses an availability zone that does not exist or is not available. The host in `ZONE:HOST`,
    /// which administrators may name, is not checked.
    ///
    /// # Errors
    /// `Config` if the zone does not exist.
    pub async fn check_zone(&self, client: &Client, wanted: &str, watch: &Watch) -> Result<()> {
        let purpose = "list availability zones";
        let told: Value = match self.get(client, "/os-availability-zone", purpose, watch).await {
            // Some clouds hide the list.
            Err(error) if [Code::Refused, Code::NotFound].contains(&error.code()) => return Ok(()),
            told => told?,
        };
        let zones = told["availabilityZoneInfo"].as_array().into_iter().flatten();
        let zones: Vec<&str> = zones
            .filter(|zone| zone["zoneState"]["available"] != false)
            .filter_map(|zone| zone["zoneName"].as_str())
            .collect();
        let name = wanted.split(':').next().unwrap_or_default();
        if zones.is_empty() || zones.contains(&name) {
            return Ok(());
        }
        let error = Error::config(format!("there is no availability zone `{name}`"));
        Err(match nearest(name, zones.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("choose one of: {}", zones.join(", "))),
        })
    }
}
