//! The document that asks for an instance.

use serde_json::{Map, Value, json};

use super::instance::IMAGE;
use super::names;
use super::sought::Sought;
use crate::cloud::{Launch, user_data};
use crate::config::gce::{Provisioning, Settings};
use crate::{Error, Result};

const GIB: u64 = 1 << 30;

/// Keys of metadata that have a setting of their own.
const OURS: [(&str, &str); 4] = [
    ("user-data", "user_data"),
    ("ssh-keys", "public_key_file"),
    ("sshKeys", "legacy_ssh_keys"),
    (IMAGE, "base"),
];

/// What can be wrong with settings is found before anything is asked for.
pub fn check(settings: &Settings) -> Result<()> {
    let wrong = |message: &str, hint: &str| Err(Error::config(message).hint(hint));
    for (key, setting) in OURS {
        if settings.metadata.contains_key(key) {
            let message = format!("clouds.gce.metadata must not have `{key}`");
            return wrong(&message, &format!("set {setting} instead"));
        }
    }
    if let Some(base) = &settings.base {
        Sought::of(base)?;
    }
    if settings.image_family.as_deref().is_some_and(|family| !names::is_name(family)) {
        let message = "clouds.gce.image_family is not a name that a family can have";
        return wrong(message, "lower-case letters, digits and hyphens, 63 at the most: ci-agent");
    }
    if settings.storage_location.as_deref().is_some_and(|place| !names::is_location(place)) {
        let message = "clouds.gce.storage_location is not a place where images are kept";
        return wrong(message, "a region such as europe-west4, or us, eu or asia");
    }
    if settings.disk.size.is_some_and(|size| !size.as_u64().is_multiple_of(GIB)) {
        let message = "clouds.gce.disk.size is not a whole number of GiB";
        return wrong(message, "set `disk: {size: 20GiB}`");
    }
    if settings.max_run_time.is_some_and(|time| !(30..=120 * 86400).contains(&time.as_secs())) {
        let message = "clouds.gce.max_run_time must be 30 seconds to 120 days";
        return wrong(message, "set `max_run_time: 6h`");
    }
    if settings.max_run_time.is_some() && settings.provisioning == Provisioning::Preemptible {
        let message = "a preemptible instance cannot have a max_run_time";
        return wrong(message, "set `provisioning: spot`, which can");
    }
    Ok(())
}

/// `image` is the path of the image, `keys` further OpenSSH lines that may log in.
pub fn body(
    settings: &Settings,
    launch: &Launch,
    place: &Place<'_>,
    keys: &[String],
) -> Result<Value> {
    let labels = names::labels(&launch.tags)?;
    let mut disk = json!({
        "boot": true,
        "autoDelete": false,
        "initializeParams": {
            "diskName": place.name,
            "sourceImage": place.image,
            "diskType": format!("zones/{}/diskTypes/{}", place.zone, settings.disk.kind),
            "labels": labels,
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
        "labels": labels,
        "disks": [disk],
        "networkInterfaces": [network(settings, place.region)],
        "metadata": {"items": metadata(settings, launch, place, keys)?},
        "scheduling": scheduling(settings),
    });
    if !settings.network_tags.is_empty() {
        body["tags"] = json!({ "items": settings.network_tags });
    }
    if let Some(email) = &settings.service_account {
        body["serviceAccounts"] = json!([{ "email": email, "scopes": settings.scopes }]);
    }
    Ok(body)
}

/// Where an instance shall be, and what of.
pub struct Place<'a> {
    pub name: &'a str,
    pub zone: &'a str,
    pub region: &'a str,
    /// The path of the image.
    pub image: &'a str,
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
        let outside = json!([{ "type": "ONE_TO_ONE_NAT", "name": "External NAT" }]);
        card.insert("accessConfigs".to_owned(), outside);
    }
    Value::Object(card)
}

fn metadata(
    settings: &Settings,
    launch: &Launch,
    place: &Place<'_>,
    keys: &[String],
) -> Result<Value> {
    let keys = launch.authorized_keys.iter().chain(keys);
    let keys: Vec<_> = keys.map(|key| format!("{}:{}", launch.username, key.trim())).collect();
    let keys = keys.join("\n");
    let user_data = user_data::user_data(launch)?;
    let mut items = Map::new();
    if settings.legacy_ssh_keys {
        items.insert("sshKeys".to_owned(), json!(keys));
    }
    // The project's own settings must not lock us out, and its keys shall not open the machine.
    for (key, value) in [
        ("ssh-keys", keys.as_str()),
        ("user-data", &user_data),
        (IMAGE, place.image),
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

/// Machines that cannot be moved while they run: with accelerators, or for large computations.
const PINNED: [&str; 9] = ["a2-", "a3-", "a4-", "a4x-", "ct", "g2-", "g4-", "h3-", "h4d-"];

/// The cloud refuses to make such a machine unless it may be ended instead.
fn is_pinned(machine_type: &str) -> bool {
    PINNED.iter().any(|family| machine_type.starts_with(family)) || machine_type.ends_with("-metal")
}

fn scheduling(settings: &Settings) -> Value {
    let mut scheduling = match settings.provisioning {
        Provisioning::Standard if is_pinned(&settings.machine_type) => {
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
