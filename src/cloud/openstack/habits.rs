//! In what the clouds that speak OpenStack differ.

use super::images::Images;
use crate::cloud::Capability;

#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// The name on the command line.
    pub name: &'static str,
    pub capabilities: &'static [Capability],
    /// By which service images are reached.
    pub images: Images,
    /// Whether the compute service knows microversions.
    pub microversions: bool,
    /// Whether servers have security groups and must be told their network.
    pub networks: bool,
    /// Whether the image of a server that boots from a volume holds that volume.
    pub images_of_volumes: bool,
    /// How a project accepts an image that was shared with it.
    pub accept: &'static str,
    /// The beginning of what it cannot do, and what to do instead.
    pub instead: &'static [(&'static str, &'static str)],
}

/// As most clouds are.
pub const OPENSTACK: Habits = Habits {
    name: "openstack",
    capabilities: &[
        Capability::Stop,
        Capability::Console,
        Capability::ShareImage,
        Capability::DeprecateImage,
    ],
    images: Images::Glance,
    microversions: true,
    networks: true,
    images_of_volumes: true,
    accept: "`openstack image set --accept ID`",
    instead: &[],
};

impl Habits {
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    #[must_use]
    pub fn instead(&self, what: &str) -> Option<&'static str> {
        self.instead.iter().find(|(begins, _)| what.starts_with(begins)).map(|(_, hint)| *hint)
    }
}
