//! The settings of `cloud: gce`, after the layers of `config.yaml` are merged.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::Deserialize;

/// The folder of gcloud's own files, in the home folder.
pub const GCLOUD: &str = ".config/gcloud";

/// The keys of `clouds.gce` that no other cloud has.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The project to work in, which also pays. None: the one that the credentials name.
    pub project: Option<String>,
    pub credentials: Credentials,
    /// The address of the API. None: Google's.
    pub endpoint: Option<String>,
    /// The zones to try, in this order. Empty: all zones of the region.
    pub zones: Vec<String>,
    /// The only zone to try, in place of `zones`.
    pub zone: Option<String>,
    pub machine_type: String,
    pub disk: Disk,
    /// Name or path. None: that of the subnet, else `default`.
    pub network: Option<String>,
    /// Name (in the region) or path (for a shared network).
    pub subnet: Option<String>,
    /// False: the instance has an internal address only.
    pub external_address: bool,
    /// Network tags, which firewall rules match.
    pub network_tags: Vec<String>,
    /// Its e-mail address, or `default`. None: programs on the instance have no credentials.
    pub service_account: Option<String>,
    /// The access scopes of that service account on the instance.
    pub scopes: Vec<String>,
    pub provisioning: Provisioning,
    /// Shielded VM: the firmware starts signed boot loaders and kernels only. None: as Google does.
    pub secure_boot: Option<bool>,
    /// Shielded VM: the instance has a virtual TPM. None: as Google does.
    pub vtpm: Option<bool>,
    /// Shielded VM: each boot is compared with the first one. None: as Google does.
    pub integrity_monitoring: Option<bool>,
    /// The cloud deletes the instance after this time, even without imgctl. None: never.
    #[serde(deserialize_with = "super::duration::optional")]
    #[schemars(with = "Option<super::forms::Time>")]
    pub max_run_time: Option<Duration>,
    /// An instance with local SSDs may be stopped, which ends what is on them.
    pub discard_local_ssd: bool,
    /// Also pass the login keys as `sshKeys`: images up to 2015 do not read `ssh-keys`.
    pub legacy_ssh_keys: bool,
    /// Further metadata of the instance.
    pub metadata: BTreeMap<String, String>,
    /// The image to start from. None: not set for the distribution.
    pub base: Option<Base>,
    pub image_from: ImageFrom,
    /// The family that new images join.
    pub image_family: Option<String>,
    /// Where new images are stored: a region, or `us`, `eu`, `asia`. None: near their disk.
    pub storage_location: Option<String>,
    /// The longest wait for an operation on an instance or a disk.
    #[serde(deserialize_with = "super::duration::required")]
    #[schemars(with = "super::forms::Time")]
    pub operation_timeout: Duration,
    /// The longest wait for a new image.
    #[serde(deserialize_with = "super::duration::required")]
    #[schemars(with = "super::forms::Time")]
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
            secure_boot: None,
            vtpm: None,
            integrity_monitoring: None,
            max_run_time: None,
            discard_local_ssd: false,
            legacy_ssh_keys: false,
            metadata: BTreeMap::new(),
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
    /// Makes every path absolute.
    pub fn resolve_paths(&mut self, resolve: impl Fn(&Path) -> PathBuf) {
        let credentials = &mut self.credentials;
        for path in [&mut credentials.file, &mut credentials.gcloud_folder].into_iter().flatten() {
            *path = resolve(path);
        }
    }
}

/// How imgctl proves who it is. Without any of these: the file that `gcloud auth application-default
/// login` writes, else gcloud's own login, else the metadata server of the machine that imgctl runs on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Credentials {
    /// A service account and its private key (PEM, in which line ends may be written as `\n`).
    pub email: Option<String>,
    pub private_key: Option<Secret>,
    /// A credentials file of any kind that Google's tools write, except that of an external account
    /// with an X.509 certificate.
    pub file: Option<PathBuf>,
    /// The folder of gcloud's own files. None: `~/.config/gcloud`.
    pub gcloud_folder: Option<PathBuf>,
    /// The address for tokens. None: the one in the credentials, else Google's.
    pub token_url: Option<String>,
    /// `host:port` of the metadata server. None: Google's own.
    pub metadata_host: Option<String>,
}

impl Credentials {
    /// Tells these credentials from others. Holds secrets.
    #[must_use]
    pub fn key(&self) -> String {
        let secret = self.private_key.as_ref().map(|key| &key.0);
        format!("{self:?} {secret:?}")
    }
}

/// Text that is never shown.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The boot disk of an instance.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Disk {
    /// Whole GiB. None: as large as the image needs.
    #[serde(deserialize_with = "super::sizes::optional")]
    #[schemars(with = "Option<super::forms::Size>")]
    pub size: Option<ByteSize>,
    /// `pd-balanced`, `pd-ssd`, `hyperdisk-balanced`… None: `hyperdisk-balanced` for machine types that
    /// accept no other disks, else `pd-balanced`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// A key of Cloud KMS, `projects/P/locations/L/keyRings/R/cryptoKeys/K`. None: Google's own.
    pub encryption_key: Option<String>,
}

/// Whether the cloud may stop the instance when it needs the capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provisioning {
    Standard,
    /// Cheaper, and may be preempted at any time.
    Spot,
    /// The older kind of spot, which runs for a day at most.
    Preemptible,
}

/// What becomes of the instance when an image is made of its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImageFrom {
    /// It is stopped, and deleted once there is an image; its disk is kept.
    Deleted,
    /// It is stopped and kept.
    Stopped,
}

/// The image to start from: exactly one of `family`, `prefix` and `name`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Base {
    /// The newest image of this family that is not deprecated.
    pub family: Option<String>,
    /// The newest image whose name begins with this and that is not deprecated.
    pub prefix: Option<String>,
    pub name: Option<String>,
    /// The project that the image belongs to. None: the one to work in.
    pub project: Option<String>,
    /// Also accept deprecated images from which instances can still be started.
    pub deprecated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    Family(String),
    Prefix(String),
    Name(String),
}

impl Base {
    /// What to look for; None unless exactly one of the three is set.
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
        let value = crate::config::yaml::value(text).map_err(|problem| problem.message)?;
        crate::config::decode::decode(&value).map_err(|misfit| misfit.to_string())
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
