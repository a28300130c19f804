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
    /// What to do in place of what it cannot do.
    pub instead: &'static [(Capability, &'static str)],
}

/// `CLOUD` is the cloud's name.
pub const BAKE_PER_REGION: &str = "an image stays in its region: bake it in each, with `imgctl --state REGION.state.json \
                                   cloud:CLOUD region:REGION bake`";

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
    instead: &[(Capability::CopyImage, BAKE_PER_REGION)],
};

impl Habits {
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    #[must_use]
    pub fn instead(&self, capability: Capability) -> Option<&'static str> {
        self.instead.iter().find(|(lacking, _)| *lacking == capability).map(|(_, hint)| *hint)
    }
}
