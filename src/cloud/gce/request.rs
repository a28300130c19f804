//! The request for an instance.

use serde_json::{Map, Value, json};

use super::base_query::BaseQuery;
use super::tags::IMAGE_KEY;
use super::{machine_type, name, shielded, storage_location};
use crate::cloud::units::GIB;
use crate::cloud::{Launch, user_data};
use crate::config::gce::{Provisioning, Settings};
use crate::{Error, Result};

/// Metadata keys that imgctl writes, and the settings to use in their place.
const RESERVED: [(&str, &str); 4] = [
    ("user-data", "user_data"),
    ("ssh-keys", "key_file"),
    ("sshKeys", "legacy_ssh_keys"),
    (IMAGE_KEY, "base"),
];

/// Finds mistakes in the settings before anything is requested.
pub fn check(settings: &Settings) -> Result<()> {
    let wrong = |message: &str, hint: &str| Err(Error::config(message).hint(hint));
    for (key, setting) in RESERVED {
        if settings.metadata.contains_key(key) {
            let message = format!("clouds.gce.metadata must not contain `{key}`");
            return wrong(&message, &format!("set `{setting}` instead"));
        }
    }
    if let Some(base) = &settings.base {
        BaseQuery::of(base)?;
    }
    if settings.image_family.as_deref().is_some_and(|family| !name::is_name(family)) {
        let message = "clouds.gce.image_family is not a valid name for a family";
        let hint = "use at most 63 lower-case letters, digits and hyphens: `ci-agent`";
        return wrong(message, hint);
    }
    if settings.storage_location.as_deref().is_some_and(|place| !name::is_location(place)) {
        let message = "clouds.gce.storage_location is not a location for images";
        return wrong(message, "set a region such as europe-west4, or us, eu or asia");
    }
    if settings.disk.size.is_some_and(|size| !size.as_u64().is_multiple_of(GIB)) {
        let message = "clouds.gce.disk.size must be a whole number of GiB";
        return wrong(message, "set `disk: {size: 20GiB}`");
    }
    shielded::check(settings)?;
    storage_location::check(settings)?;
    if settings.max_run_time.is_some_and(|time| !(30..=120 * 86400).contains(&time.as_secs())) {
        let message = "clouds.gce.max_run_time must be between 30 seconds and 120 days";
        return wrong(message, "set `max_run_time: 6h`");
    }
    if settings.max_run_time.is_some() && settings.provisioning == Provisioning::Preemptible {
        let message = "a preemptible instance cannot have a max_run_time";
        return wrong(message, "set `provisioning: spot`");
    }
    Ok(())
}

/// Where an instance is requested, and from what.
pub struct Placement<'a> {
    pub name: &'a str,
    pub zone: &'a str,
    pub region: &'a str,
    /// The path of the image.
    pub image: &'a str,
    pub labels: &'a Value,
}

/// The body of `instances.insert`.
pub fn body(settings: &Settings, launch: &Launch, place: &Placement<'_>) -> Result<Value> {
    let by_family = machine_type::disk_type(&settings.machine_type);
    let disk_type = settings.disk.kind.as_deref().unwrap_or(by_family);
    let mut disk = json!({
        "boot": true,
        "autoDelete": false,
        "initializeParams": {
            "diskName": place.name,
            "sourceImage": place.image,
            "diskType": format!("zones/{}/diskTypes/{disk_type}", place.zone),
            "labels": place.labels,
        },
    });
    if let Some(size) = settings.disk.size {
        disk["initializeParams"]["diskSizeGb"] = json!((size.as_u64() / GIB).to_string());
    }
    if let Some(key) = &settings.disk.encryption_key {
        disk["diskEncryptionKey"] = json!({ "kmsKeyName": key });
    }
    let mut body = json!({
        "name": place.name,
        "machineType": format!("zones/{}/machineTypes/{}", place.zone, settings.machine_type),
        "labels": place.labels,
        "disks": [disk],
        "networkInterfaces": [network(settings, place.region)],
        "metadata": {"items": metadata(settings, launch, place.image)?},
        "scheduling": scheduling(settings),
    });
    if !settings.network_tags.is_empty() {
        body["tags"] = json!({ "items": settings.network_tags });
    }
    if let Some(shielded) = shielded::config(settings) {
        body["shieldedInstanceConfig"] = shielded;
    }
    if let Some(email) = &settings.service_account {
        body["serviceAccounts"] = json!([{ "email": email, "scopes": settings.scopes }]);
    }
    Ok(body)
}

fn network(settings: &Settings, region: &str) -> Value {
    let mut card = Map::new();
    let path = |name: &String, below: &str| {
        if name.contains('/') { name.clone() } else { format!("{below}/{name}") }
    };
    if let Some(subnet) = &settings.subnet {
        let below = format!("regions/{region}/subnetworks");
        card.insert("subnetwork".to_owned(), json!(path(subnet, &below)));
    }
    match (&settings.network, &settings.subnet) {
        (Some(network), _) => {
            card.insert("network".to_owned(), json!(path(network, "global/networks")));
        }
        (None, Some(_)) => {}
        (None, None) => {
            card.insert("network".to_owned(), json!("global/networks/default"));
        }
    }
    if settings.external_address {
        let external = json!([{ "type": "ONE_TO_ONE_NAT", "name": "External NAT" }]);
        card.insert("accessConfigs".to_owned(), external);
    }
    Value::Object(card)
}

fn metadata(settings: &Settings, launch: &Launch, image: &str) -> Result<Value> {
    let keys = launch.authorized_keys.iter();
    let keys: Vec<_> = keys.map(|key| format!("{}:{}", launch.username, key.trim())).collect();
    let keys = keys.join("\n");
    let user_data = user_data::user_data(launch)?;
    let mut items = Map::new();
    if settings.legacy_ssh_keys {
        items.insert("sshKeys".to_owned(), json!(keys));
    }
    // The project's OS Login would lock imgctl out, and the project's SSH keys would let others in.
    for (key, value) in [
        ("ssh-keys", keys.as_str()),
        ("user-data", &user_data),
        (IMAGE_KEY, image),
        ("enable-guest-attributes", "TRUE"),
        ("enable-oslogin", "FALSE"),
        ("block-project-ssh-keys", "TRUE"),
    ] {
        items.insert(key.to_owned(), json!(value));
    }
    for (key, value) in &settings.metadata {
        items.insert(key.clone(), json!(value));
    }
    Ok(items.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect())
}

fn scheduling(settings: &Settings) -> Value {
    let mut scheduling = match settings.provisioning {
        Provisioning::Standard if machine_type::is_pinned(&settings.machine_type) => {
            json!({ "onHostMaintenance": "TERMINATE" })
        }
        Provisioning::Standard => json!({}),
        Provisioning::Spot => json!({
            "provisioningModel": "SPOT",
            "instanceTerminationAction": "STOP",
            "automaticRestart": false,
            "onHostMaintenance": "TERMINATE",
        }),
        Provisioning::Preemptible => json!({
            "preemptible": true,
            "automaticRestart": false,
            "onHostMaintenance": "TERMINATE",
        }),
    };
    if let Some(time) = settings.max_run_time {
        scheduling["maxRunDuration"] = json!({ "seconds": time.as_secs().to_string() });
        scheduling["instanceTerminationAction"] = json!("DELETE");
    }
    scheduling
}
