//! Whether cinder has what `boot_volume` names: it would tell only when the volume is created, after a key
//! pair and a security group.

use serde::Deserialize;
use serde_json::Value;

use super::catalogue::Service;
use super::client::Client;
use super::pages::is_last;
use super::volumes;
use crate::cloud::Image;
use crate::cloud::pages::Pages;
use crate::cloud::units::GIB;
use crate::config::openstack::BootVolume;
use crate::error::nearest;
use crate::report::Watch;
use crate::{Code, Error, Result};

#[derive(Deserialize)]
struct Type {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Page {
    volume_types: Vec<Type>,
    volume_type_links: Option<Value>,
}

/// Refuses a volume type or an availability zone that does not exist.
///
/// # Errors
/// `Config` if one of them does not exist.
pub async fn check(client: &Client, settings: &BootVolume, watch: &Watch) -> Result<()> {
    if let Some(wanted) = &settings.kind {
        let types = unless_hidden(types(client, watch).await)?;
        if types.iter().all(|known| known.id != *wanted) {
            let names: Vec<&str> = types.iter().map(|known| known.name.as_str()).collect();
            known("volume type", wanted, &names)?;
        }
    }
    if let Some(wanted) = &settings.availability_zone {
        let zones = unless_hidden(zones(client, watch).await)?;
        let names: Vec<&str> = zones.iter().map(String::as_str).collect();
        known("availability zone of volumes", wanted, &names)?;
    }
    Ok(())
}

/// The zone of volumes that is called like a server's zone, which may have a host: `ZONE:HOST`. None: cinder has no
/// such zone, or hides its list.
pub async fn zone_like(client: &Client, server: &str, watch: &Watch) -> Result<Option<String>> {
    let name = server.split(':').next().unwrap_or_default();
    let zones = unless_hidden(zones(client, watch).await)?;
    Ok(zones.into_iter().find(|zone| zone == name))
}

/// Refuses a size that is too small for an image with data.
///
/// # Errors
/// `Config`, with the size that the image needs.
pub fn fits(settings: &BootVolume, base: &Image) -> Result<()> {
    let least = volumes::least_gib(base);
    match settings.size.map(|size| size.as_u64().div_ceil(GIB)) {
        Some(set) if set < least => Err(Error::config(format!(
            "a `boot_volume` of {set} GiB is too small for image {}, which needs {least} GiB",
            base.name
        ))
        .hint(format!("set its `size` to {least}GiB or more, or leave it out"))),
        _ => Ok(()),
    }
}

/// Some clouds hide these lists. An empty one refuses nothing.
fn unless_hidden<T>(listed: Result<Vec<T>>) -> Result<Vec<T>> {
    match listed {
        Err(error) if [Code::Refused, Code::NotFound].contains(&error.code()) => Ok(Vec::new()),
        listed => listed,
    }
}

fn known(kind: &str, wanted: &str, names: &[&str]) -> Result<()> {
    if names.is_empty() || names.contains(&wanted) {
        return Ok(());
    }
    let error = Error::config(format!("there is no {kind} `{wanted}`"));
    Err(match nearest(wanted, names.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("choose one of: {}", names.join(", "))),
    })
}

async fn types(client: &Client, watch: &Watch) -> Result<Vec<Type>> {
    let mut found: Vec<Type> = Vec::new();
    let mut seen = Pages::of("list volume types");
    loop {
        let after = found.last().map(|last| format!("?marker={}", last.id)).unwrap_or_default();
        let path = format!("/types{after}");
        let page: Page = client.get(Service::Volume, &path, "list volume types", watch).await?;
        let last = page.volume_types.is_empty() || is_last(page.volume_type_links.as_ref());
        found.extend(page.volume_types);
        if last {
            return Ok(found);
        }
        seen.next(found.last().map(|last| last.id.as_str()))?;
    }
}

async fn zones(client: &Client, watch: &Watch) -> Result<Vec<String>> {
    let purpose = "list the availability zones of volumes";
    let told: Value = client.get(Service::Volume, "/os-availability-zone", purpose, watch).await?;
    let zones = told["availabilityZoneInfo"].as_array().into_iter().flatten();
    let available = zones.filter(|zone| zone["zoneState"]["available"] != false);
    Ok(available.filter_map(|zone| zone["zoneName"].as_str().map(str::to_owned)).collect())
}
