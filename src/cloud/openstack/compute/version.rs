//! Nova's microversions.

use std::fmt;

use reqwest::Method;
use serde_json::Value;

use crate::Result;
use crate::cloud::openstack::catalogue::{Service, version_end};
use crate::cloud::openstack::client::{Ask, Client};
use crate::report::Watch;

/// The newest microversion that this client was written for. From 2.45 on, the reply to `createImage`
/// names the image; newer ones than 2.60 change replies that are read here.
/// <https://docs.openstack.org/nova/latest/reference/api-microversion-history.html>
const WANTED: Version = Version { major: 2, minor: 60 };

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    fn parse(text: &str) -> Option<Version> {
        let (major, minor) = text.split_once('.')?;
        Some(Version { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }

    /// Whether a request for a server has to name networks, be it `auto`.
    #[must_use]
    pub fn must_say_networks(self) -> bool {
        self >= Version { major: 2, minor: 37 }
    }
}

/// The newest microversion that both sides know; none where the service has none.
pub async fn negotiate(client: &Client, watch: &Watch) -> Result<Option<Version>> {
    let Some(url) = client.endpoint(Service::Compute, watch).await? else { return Ok(None) };
    let end = version_end(&url).unwrap_or(url.len());
    let root = format!("{}/", &url[..end]);
    let ask = Ask::new(Method::GET, Service::Compute, "", "ask nova for its version");
    let response = client.send_to(&root, &ask, watch).await?;
    if !response.status.is_success() {
        // Some gateways hide this page. Without a microversion, nova uses the oldest.
        return Ok(None);
    }
    Ok(choose(&response.json()))
}

fn choose(document: &Value) -> Option<Version> {
    let said = |key: &str| Version::parse(document["version"][key].as_str()?);
    let newest = said("version")?;
    let oldest = said("min_version").unwrap_or(newest);
    Some(WANTED.clamp(oldest.min(newest), newest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chosen(oldest: &str, newest: &str) -> Option<String> {
        let document = json!({"version": {"version": newest, "min_version": oldest}});
        choose(&document).map(|version| version.to_string())
    }

    #[test]
    fn the_newest_microversion_that_both_sides_know_is_used() {
        assert_eq!(chosen("2.1", "2.96").unwrap(), "2.60");
        assert_eq!(chosen("2.1", "2.38").unwrap(), "2.38");
        assert_eq!(chosen("2.70", "2.100").unwrap(), "2.70");
        assert_eq!(chosen("", ""), None);
    }
}
