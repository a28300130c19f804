//! The settings of `cloud: rackspace`, after the layers of `config.yaml` are merged.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::one_or_more::OneOrMore;
use super::openstack::{self, Address, Base, BootVolume, Interface};
use super::switch::Switch;

/// The keys under `clouds.rackspace` that only this cloud has. Credentials are not among them: they are
/// read from the `OS_*` variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Which of the catalogue's endpoints to use. None: public.
    pub interface: Option<Interface>,
    /// Id or name.
    pub flavor: Option<String>,
    pub base: Option<Base>,
    /// Ids or names. Empty: PublicNet and ServiceNet.
    pub networks: OneOrMore,
    pub address: Address,
    /// Provide user data on a small disk: cloud-init finds it nowhere else on this cloud.
    pub config_drive: bool,
    /// Boot from a volume created from the image, which some flavors require. None: from the flavor's
    /// own disk.
    pub boot_volume: Option<BootVolume>,
    /// Whether to wait for what Rackspace does to new servers of some accounts. Auto: where the user's
    /// roles or the server's metadata announce it.
    pub automation_wait: Switch,
    /// For that to be done.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub automation_timeout: SignedDuration,
    /// For a server to run and to have its addresses.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub start_timeout: SignedDuration,
    /// For a server to be gone.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub stop_timeout: SignedDuration,
    /// For an image to be written.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub image_timeout: SignedDuration,
}

impl Default for Settings {
    fn default() -> Self {
        let usual = openstack::Settings::default();
        Settings {
            interface: None,
            flavor: None,
            base: None,
            networks: OneOrMore::default(),
            address: Address::Auto,
            config_drive: true,
            boot_volume: None,
            automation_wait: Switch::Auto,
            automation_timeout: SignedDuration::from_mins(30),
            start_timeout: usual.start_timeout,
            stop_timeout: usual.stop_timeout,
            image_timeout: usual.image_timeout,
        }
    }
}

impl Settings {
    /// These settings as settings of OpenStack.
    #[must_use]
    pub fn as_openstack(&self) -> openstack::Settings {
        openstack::Settings {
            interface: self.interface,
            flavor: self.flavor.clone(),
            base: self.base.clone(),
            networks: self.networks.clone(),
            // Servers are reachable from everywhere and have no security groups.
            ssh_from: OneOrMore::from(["none"]),
            address: self.address,
            config_drive: Some(self.config_drive),
            boot_volume: self.boot_volume.clone(),
            start_timeout: self.start_timeout,
            stop_timeout: self.stop_timeout,
            image_timeout: self.image_timeout,
            ..openstack::Settings::default()
        }
    }
}
