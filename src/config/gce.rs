//! The settings of `cloud: gce`, as they stand after the layers of `config.yaml` are merged.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use serde::Deserialize;

/// Everything under `clouds.gce` that only this cloud knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The project that is worked in and pays. None: the one the credentials belong to.
    pub project: Option<String>,
    pub credentials: Credentials,
    /// Address of the API. None: Google's.
    pub endpoint: Option<String>,
    /// The zones to try, in this order. None: the zones of the region that are up.
    pub zones: Vec<String>,
    /// The one zone to work in, instead of `zones`.
    pub zone: Option<String>,
    pub machine_type: String,
    pub disk: Disk,
    /// Name or path. None: `default`, unless a subnet says which.
    pub network: Option<String>,
    /// Name (of the region) or path (of a shared network).
    pub subnet: Option<String>,
    /// False: the instance has an address of its network only.
    pub external_address: bool,
    /// What firewall rules know the instance by.
    pub network_tags: Vec<String>,
    /// Its e-mail address, or `default`. None: programs on the instance get no credentials.
    pub service_account: Option<String>,
    /// What that service account may be used for.
    pub scopes: Vec<String>,
    pub provisioning: Provisioning,
    /// The instance is deleted by the cloud after this long, whatever became of us. None: never.
    #[serde(deserialize_with = "super::duration::optional")]
    pub max_run_time: Option<Duration>,
    /// Hand the login keys over as `sshKeys`, too: images up to 2015 know no `ssh-keys`.
    pub legacy_ssh_keys: bool,
    /// Further metadata of the instance.
    pub metadata: BTreeMap<String, String>,
    /// Whose key may log in besides the one of `key_file`: a file in OpenSSH's form.
    pub public_key_file: Option<PathBuf>,
    /// The image to start from. None: nothing is known for the distribution.
    pub base: Option<Base>,
    pub image_from: ImageFrom,
    /// The family that new images join.
    pub image_family: Option<String>,
    /// Where new images are kept: a region, or `us`, `eu`, `asia`. None: near their disk.
    pub storage_location: Option<String>,
    /// For an operation on an instance or a disk to end.
    #[serde(deserialize_with = "super::duration::required")]
    pub operation_timeout: Duration,
    /// For an image to be made.
    #[serde(deserialize_with = "super::duration::required")]
    pub image_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            project: None,
            credentials: Credentials::default(),
            endpoint: None,
            zones: Vec::new(),
            zone: None,
            machine_type: "e2-standard-2".to_owned(),
            disk: Disk::default(),
            network: None,
            subnet: None,
            external_address: true,
            network_tags: Vec::new(),
            service_account: None,
            scopes: vec!["https://www.googleapis.com/auth/cloud-platform".to_owned()],
            provisioning: Provisioning::Standard,
            max_run_time: None,
            legacy_ssh_keys: false,
            metadata: BTreeMap::new(),
            public_key_file: None,
            base: None,
            image_from: ImageFrom::Deleted,
            image_family: None,
            storage_location: None,
            operation_timeout: Duration::from_secs(15 * 60),
            image_timeout: Duration::from_secs(60 * 60),
        }
    }
}

impl Settings {
    /// Makes every path absolute: in the file they start at the project folder.
    pub fn resolve_paths(&mut self, resolve: impl Fn(&Path) -> PathBuf) {
        let credentials = &mut self.credentials;
        let paths =
            [&mut self.public_key_file, &mut credentials.file, &mut credentials.gcloud_folder];
        for path in paths.into_iter().flatten() {
            *path = resolve(path);
        }
    }
}

/// How imgctl proves who it is. Without any of these: what `gcloud auth application-default login`
/// has written, else the metadata server of the machine that imgctl runs on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credentials {
    /// A service account and its private key (PEM, in which `\n` may stand for the ends of lines).
    pub email: Option<String>,
    pub private_key: Option<Secret>,
    /// A file of credentials, of the kinds that Google's tools write; not of an external account
    /// that is known by an X.509 certificate.
    pub file: Option<PathBuf>,
    /// Where gcloud keeps what it knows. None: `~/.config/gcloud`.
    pub gcloud_folder: Option<PathBuf>,
    /// Where tokens are asked for. None: what the credentials say, else Google's.
    pub token_url: Option<String>,
    /// `host:port` of the metadata server. None: the one every machine of the cloud sees.
    pub metadata_host: Option<String>,
}

/// Text that is never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The boot disk of an instance.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disk {
    /// Whole GiB. None: as large as the image needs.
    pub size: Option<ByteSize>,
    /// `pd-balanced`, `pd-ssd`, `hyperdisk-balanced`…
    #[serde(rename = "type")]
    pub kind: String,
    /// Of Cloud KMS: `projects/P/locations/L/keyRings/R/cryptoKeys/K`. None: Google's own.
    pub encryption_key: Option<String>,
}

impl Default for Disk {
    fn default() -> Self {
        Disk { size: None, kind: "pd-balanced".to_owned(), encryption_key: None }
    }
}

/// What the cloud may do to the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provisioning {
    Standard,
    /// Cheaper, and stopped when the cloud needs the room.
    Spot,
    /// The older kind of spot, which ends after a day at the latest.
    Preemptible,
}

/// What images are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageFrom {
    /// The instance is deleted and its disk kept.
    Deleted,
    /// The instance is stopped, and stays.
    Stopped,
}

/// Which image to start from: exactly one of `family`, `prefix` and `name`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Base {
    /// The newest of a family that is not deprecated.
    pub family: Option<String>,
    /// The newest whose name begins so and that is not deprecated.
    pub prefix: Option<String>,
    pub name: Option<String>,
    /// Whose image it is. None: our own project's.
    pub project: Option<String>,
    /// Take deprecated ones, too, as long as the cloud lets instances start from them.
    pub deprecated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    Family(String),
    Prefix(String),
    Name(String),
}

impl Base {
    /// What is looked for; None when it is not exactly one thing.
    #[must_use]
    pub fn query(&self) -> Option<Query> {
        match (self.family.clone(), self.prefix.clone(), self.name.clone()) {
            (Some(family), None, None) => Some(Query::Family(family)),
            (None, Some(prefix), None) => Some(Query::Prefix(prefix)),
            (None, None, Some(name)) => Some(Query::Name(name)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        serde_norway::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_base_is_exactly_one_thing() {
        let query = |text: &str| read(&format!("base: {text}")).unwrap().base.unwrap().query();
        let family = query("{family: debian-12, project: debian-cloud}");
        assert_eq!(family, Some(Query::Family("debian-12".into())));
        for wrong in ["{}", "{project: p}", "{family: a, name: b}"] {
            assert_eq!(query(wrong), None);
        }
    }

    #[test]
    fn a_private_key_is_not_shown() {
        let settings = read("credentials: {email: a@b, private_key: SECRET}").unwrap();
        assert!(!format!("{settings:?}").contains("SECRET"));
    }
}
