//! How clouds that speak OpenStack differ.

use super::images::Images;
use crate::cloud::Capability;

/// What is particular to one of these clouds.
#[derive(Debug, Clone, Copy)]
pub struct Differences {
    /// The cloud's name on the command line.
    pub name: &'static str,
    pub capabilities: &'static [Capability],
    /// The service that images are reached through.
    pub images: Images,
    /// Whether the compute service knows microversions.
    pub microversions: bool,
    /// Whether servers have security groups and need to be told their network.
    pub networks: bool,
    /// Whether the image of a server that boots from a volume holds that volume.
    pub images_of_volumes: bool,
    /// The property `image_type` of images: with nova's own, `snapshot`, portals list them apart from images to
    /// start servers from. None: nova's own.
    pub image_type: Option<&'static str>,
    /// How a project accepts an image that was shared with it. `ID` stands for the image's id.
    pub accept: &'static str,
    /// The metadata key of servers whose `accessIPv4` may be none of their addresses. None: any server's
    /// may.
    pub access_key: Option<&'static str>,
    /// What its vendor does to new servers by itself.
    pub automations: &'static [Automation],
    /// Hints for capabilities that it lacks. `CLOUD` stands for the cloud's name.
    pub instead: &'static [(Capability, &'static str)],
}

/// What a vendor does to new servers by itself, as their metadata announces it.
#[derive(Debug)]
pub struct Automation {
    /// In messages: `managed automation`.
    pub name: &'static str,
    /// The metadata key with its status.
    pub key: &'static str,
    /// The user's roles where the vendor does it.
    pub roles: &'static [&'static str],
    /// Whether it is waited for if the settings say so, whatever the user's roles are.
    pub is_usual: bool,
    pub done: &'static [&'static str],
    pub failed: &'static [&'static str],
}

/// The hint for a cloud that cannot copy images between regions.
pub const BAKE_PER_REGION: &str = "bake in each region, since an image cannot leave its own: `imgctl --state REGION.state.json \
                                   cloud:CLOUD region:REGION bake`";

/// Most OpenStack clouds.
pub const OPENSTACK: Differences = Differences {
    name: "openstack",
    capabilities: &[
        Capability::Stop,
        Capability::Console,
        Capability::ShareImage,
        Capability::DeprecateImage,
        Capability::PromoteImage,
    ],
    images: Images::Glance,
    microversions: true,
    networks: true,
    images_of_volumes: true,
    image_type: Some("image"),
    accept: "`openstack image set --accept ID`",
    access_key: None,
    automations: &[],
    instead: &[(Capability::CopyImage, BAKE_PER_REGION)],
};

impl Differences {
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// The hint for a capability that the cloud lacks.
    #[must_use]
    pub fn instead(&self, capability: Capability) -> Option<String> {
        let hint = self.instead.iter().find(|(lacking, _)| *lacking == capability);
        hint.map(|(_, hint)| hint.replace("CLOUD", self.name))
    }
}
