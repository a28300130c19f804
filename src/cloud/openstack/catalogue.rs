//! The catalogue: the endpoints of the cloud's services.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::openstack::Interface;
use crate::{Error, Result};

/// The services that imgctl uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    Compute,
    Image,
    Network,
    Volume,
}

impl Service {
    /// The types that it may have in a catalogue, the best first.
    fn types(self) -> &'static [&'static str] {
        match self {
            Service::Compute => &["compute"],
            Service::Image => &["image"],
            Service::Network => &["network"],
            Service::Volume => &["block-storage", "volumev3", "block-store", "volume", "volumev2"],
        }
    }

    /// The endpoint that replaces the catalogue's: `TYPE_endpoint_override`, for any of its types.
    #[must_use]
    pub fn replaced(self, overrides: &BTreeMap<String, String>) -> Option<&str> {
        let settings = self.types().iter().map(|kind| override_setting(kind));
        settings.filter_map(|setting| overrides.get(&setting)).map(String::as_str).next()
    }

    /// The setting with an endpoint in place of the catalogue's.
    #[must_use]
    pub fn setting(self) -> String {
        override_setting(self.types().first().copied().unwrap_or_default())
    }

    /// The path to add to an endpoint that names no version.
    fn version(self) -> &'static str {
        match self {
            Service::Compute => "/v2.1",
            Service::Image => "/v2",
            Service::Network => "/v2.0",
            Service::Volume => "/v3",
        }
    }
}

/// The settings that replace endpoints.
pub fn override_settings() -> impl Iterator<Item = String> {
    let services = [Service::Compute, Service::Image, Service::Network, Service::Volume];
    services
        .into_iter()
        .flat_map(|service| service.types().iter().map(|kind| override_setting(kind)))
}

fn override_setting(kind: &str) -> String {
    format!("{}_endpoint_override", kind.replace('-', "_"))
}

/// One endpoint of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `compute`.
    pub kind: String,
    /// `nova`.
    pub name: String,
    pub region: String,
    pub interface: Interface,
    pub url: String,
}

/// All endpoints that came with a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue(pub Vec<Entry>);

/// A service as keystone v3 describes it.
#[derive(Deserialize)]
pub struct V3Service {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    endpoints: Vec<V3Endpoint>,
}

#[derive(Deserialize)]
struct V3Endpoint {
    interface: String,
    url: String,
    #[serde(default)]
    region_id: Option<String>,
    #[serde(default)]
    region: Option<String>,
}

impl From<Vec<V3Service>> for Catalogue {
    fn from(services: Vec<V3Service>) -> Self {
        let entries = services.into_iter().flat_map(|service| {
            let V3Service { kind, name, endpoints } = service;
            endpoints.into_iter().filter_map(move |endpoint| {
                let interface = match endpoint.interface.trim_end_matches("URL") {
                    "public" => Interface::Public,
                    "internal" => Interface::Internal,
                    "admin" => Interface::Admin,
                    _ => return None,
                };
                Some(Entry {
                    kind: kind.clone(),
                    name: name.clone(),
                    region: endpoint.region_id.or(endpoint.region).unwrap_or_default(),
                    interface,
                    url: endpoint.url,
                })
            })
        });
        Catalogue(entries.collect())
    }
}

impl Catalogue {
    /// The regions that have a compute service, sorted; all regions if none has one, since its endpoint
    /// may be set in the configuration.
    #[must_use]
    pub fn regions(&self) -> Vec<String> {
        let has_compute = self.0.iter().any(|entry| entry.kind == "compute");
        let entries = self.0.iter().filter(|entry| !has_compute || entry.kind == "compute");
        let mut regions: Vec<String> = entries.map(|entry| entry.region.clone()).collect();
        regions.sort();
        regions.dedup();
        // Very old services have an empty region.
        if regions.len() > 1 {
            regions.retain(|region| !region.is_empty());
        }
        regions
    }

    /// The region to work in: the wanted one, else the only one.
    ///
    /// # Errors
    /// `Config` if the wanted one does not exist, or if none is wanted and there is not exactly one.
    pub fn region(&self, wanted: Option<&str>) -> Result<String> {
        let regions = self.regions();
        let known = regions.join(", ");
        match wanted {
            Some(wanted) if regions.iter().any(|region| region == wanted) => Ok(wanted.to_owned()),
            Some(wanted) => Err(Error::config(format!("the cloud has no region `{wanted}`"))
                .hint(format!("choose one of its regions: {known}"))),
            None => match &regions[..] {
                [only] => Ok(only.clone()),
                [] => Err(Error::config("the catalogue has no services")
                    .hint("check that the user has a role in this project")),
                _ => Err(Error::config(format!("the cloud has several regions: {known}")).hint(
                    "choose one with `region:NAME`, OS_REGION_NAME or region_name in clouds.yaml",
                )),
            },
        }
    }

    /// The endpoint of a service with its version, without a slash at the end; none if the cloud does
    /// not have it in this region. Of several compute services it is the one named `compute_name`.
    #[must_use]
    pub fn endpoint(
        &self,
        service: Service,
        region: &str,
        interface: Interface,
        compute_name: Option<&str>,
    ) -> Option<String> {
        let fits = |entry: &&Entry| entry.region == region && entry.interface == interface;
        let wanted_name = |entry: &&Entry| {
            service != Service::Compute || compute_name.is_none_or(|name| entry.name == name)
        };
        let found = service.types().iter().find_map(|kind| {
            let mut entries = self.0.iter().filter(|entry| entry.kind == *kind).filter(fits);
            entries.find(wanted_name)
        });
        found.map(|entry| versioned(service, &entry.url))
    }
}

/// The endpoint, with the version that imgctl speaks if it names none.
pub fn versioned(service: Service, url: &str) -> String {
    let url = url.trim_end_matches('/');
    if version_end(url).is_some() { url.to_owned() } else { format!("{url}{}", service.version()) }
}

/// The offset in an endpoint where its version ends: `https://host/v2.1|/project`.
pub fn version_end(url: &str) -> Option<usize> {
    let mut at = url.find("://").map_or(0, |scheme| scheme + 3);
    let mut end = None;
    for segment in url[at..].split('/') {
        let digits = segment.strip_prefix('v').unwrap_or_default();
        let is_version = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
        if is_version {
            end = Some(at + segment.len());
        }
        at += segment.len() + 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, name: &str, region: &str, url: &str) -> Entry {
        Entry {
            kind: kind.into(),
            name: name.into(),
            region: region.into(),
            interface: Interface::Public,
            url: url.into(),
        }
    }

    #[test]
    fn the_region_is_the_only_one_or_has_to_be_chosen() {
        let one = Catalogue(vec![entry("compute", "nova", "One", "http://a/v2.1")]);
        assert_eq!(one.region(None).unwrap(), "One");
        let two =
            Catalogue([one.0, vec![entry("compute", "nova", "Two", "http://b/v2.1")]].concat());
        assert!(two.region(None).unwrap_err().to_string().contains("One, Two"));
        let old = entry("compute", "cloudServers", "", "http://old/v1.0/7");
        let mut with_old = two.clone();
        with_old.0.push(old);
        assert_eq!(with_old.regions(), ["One", "Two"]);
        assert!(two.region(Some("Three")).unwrap_err().hint_text().unwrap().contains("One, Two"));
    }

    #[test]
    fn without_a_compute_service_the_regions_are_those_of_the_others() {
        let image = entry("image", "glance", "One", "http://a");
        assert_eq!(Catalogue(vec![image]).region(None).unwrap(), "One");
        assert!(Catalogue::default().region(None).is_err());
    }

    #[test]
    fn an_endpoint_is_replaced_by_any_type_of_its_service() {
        let given =
            BTreeMap::from([("volumev3_endpoint_override".to_owned(), "http://c".to_owned())]);
        assert_eq!(Service::Volume.replaced(&given), Some("http://c"));
        assert_eq!(Service::Compute.replaced(&given), None);
        assert!(override_settings().any(|it| it == "block_storage_endpoint_override"));
    }

    #[test]
    fn of_several_compute_services_the_named_one_is_used() {
        let catalogue = Catalogue(vec![
            entry("compute", "cloudServers", "ORD", "http://old/v1.0/7"),
            entry("compute", "cloudServersOpenStack", "ORD", "http://new/v2/7"),
        ]);
        let name = Some("cloudServersOpenStack");
        let found = catalogue.endpoint(Service::Compute, "ORD", Interface::Public, name);
        assert_eq!(found.unwrap(), "http://new/v2/7");
    }

    #[test]
    fn an_endpoint_gets_the_version_it_lacks() {
        assert_eq!(versioned(Service::Image, "http://host:9292/"), "http://host:9292/v2");
        assert_eq!(versioned(Service::Image, "http://host/image/v2"), "http://host/image/v2");
        assert_eq!(versioned(Service::Network, "http://v8.example"), "http://v8.example/v2.0");
        assert_eq!(version_end("http://host/v2.1/abc"), Some("http://host/v2.1".len()));
    }
}
