//! Flavors: the sizes of servers.

use serde::Deserialize;
use serde_json::Value;

use super::nova::Compute;
use crate::cloud::openstack::client::Client;
use crate::cloud::openstack::pages::is_last;
use crate::cloud::pages::Pages;
use crate::error::nearest;
use crate::report::Watch;
use crate::{Error, Result};

#[derive(Debug, Clone, Deserialize)]
pub struct Flavor {
    pub id: String,
    pub name: String,
    #[serde(default)]
    ram: u64,
    #[serde(default)]
    vcpus: u64,
}

#[derive(Deserialize)]
struct Page {
    flavors: Vec<Flavor>,
    flavors_links: Option<Value>,
}

/// How many flavors an error lists.
const SHOWN: usize = 12;

impl Compute {
    async fn flavors(&self, client: &Client, watch: &Watch) -> Result<Vec<Flavor>> {
        let mut found: Vec<Flavor> = Vec::new();
        let mut seen = Pages::of("list flavors");
        loop {
            let after = found.last().map(|last| format!("?marker={}", last.id));
            let path = format!("/flavors/detail{}", after.unwrap_or_default());
            let page: Page = self.get(client, &path, "list flavors", watch).await?;
            let last = page.flavors.is_empty() || is_last(page.flavors_links.as_ref());
            found.extend(page.flavors);
            if last {
                return Ok(found);
            }
            seen.next(found.last().map(|last| last.id.as_str()))?;
        }
    }

    /// The flavor with this id or name.
    ///
    /// # Errors
    /// `Config` if none is wanted or it does not exist.
    pub async fn flavor(
        &self,
        client: &Client,
        wanted: Option<&str>,
        watch: &Watch,
    ) -> Result<Flavor> {
        let mut flavors = self.flavors(client, watch).await?;
        flavors.sort_by_key(|flavor| (flavor.ram, flavor.vcpus));
        let Some(wanted) = wanted else {
            return Err(Error::config("no flavor is set")
                .hint(format!("set `flavor` to one of: {}", names(&flavors))));
        };
        let found = flavors.iter().find(|flavor| flavor.id == wanted);
        let found = found.or_else(|| flavors.iter().find(|flavor| flavor.name == wanted));
        found.cloned().ok_or_else(|| {
            let error = Error::config(format!("there is no flavor `{wanted}`"));
            let near = nearest(wanted, flavors.iter().map(|flavor| flavor.name.as_str()));
            match near {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("choose one of: {}", names(&flavors))),
            }
        })
    }
}

/// `m1.small (2 CPUs, 2048 MiB), …`
fn names(flavors: &[Flavor]) -> String {
    let name =
        |flavor: &Flavor| format!("{} ({} CPUs, {} MiB)", flavor.name, flavor.vcpus, flavor.ram);
    let shown: Vec<String> = flavors.iter().take(SHOWN).map(name).collect();
    let more = if flavors.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
