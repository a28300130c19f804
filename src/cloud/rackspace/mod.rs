//! Rackspace: OpenStack with an identity and habits of its own.
//!
//! Servers are open to the world and have no security groups; they cannot be stopped, only deleted;
//! images are reached through the compute service, and user data by a config drive.

mod identity;

use self::identity::RackspaceIdentity;
use super::Capability;
use super::openstack::client::{Client, Place};
use super::openstack::habits::{BAKE_PER_REGION, Habits};
use super::openstack::{Images, OpenStack, Options, Tls, trusting};
use crate::config::openstack::Interface;
use crate::config::rackspace::Settings;
use crate::{Error, Result};

const HABITS: Habits = Habits {
    name: "rackspace",
    capabilities: &[Capability::ShareImage],
    images: Images::ComputeProxy,
    microversions: false,
    networks: false,
    images_of_volumes: false,
    accept: "in the Cloud Control Panel (Saved Images), for image ID to be in its lists; its servers can \
             be started from that id at once",
    instead: &[
        (Capability::CopyImage, BAKE_PER_REGION),
        (
            Capability::Stop,
            "a server is paid for until it is deleted: keep what is on it with `imgctl create_image`, \
             and remove it with `imgctl destroy`",
        ),
        (Capability::DeprecateImage, "delete old images instead: `imgctl prune_images:keep=N`"),
        (Capability::Console, "look at it in the vendor's control panel"),
    ],
};

/// The cloud of the `OS_*` variables. Costs nothing remote.
pub fn open(settings: &Settings, options: Options) -> Result<OpenStack> {
    let variables = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(system) = variables("OS_AUTH_SYSTEM").filter(|system| system != "rackspace") {
        return Err(Error::config(format!(
            "OS_AUTH_SYSTEM is `{system}`, but cloud rackspace was asked for"
        ))
        .hint("say `cloud:openstack`, or set OS_AUTH_SYSTEM=rackspace"));
    }
    let identity = RackspaceIdentity::from(&variables)?;
    let region = Some(options.region.clone()).filter(|region| !region.is_empty());
    let place = Place {
        region: region.or_else(|| variables("OS_REGION_NAME")),
        interface: settings.interface.unwrap_or(Interface::Public),
        compute_name: Some("cloudServersOpenStack"),
        overrides: Default::default(),
    };
    let tls = Tls { authorities: variables("OS_CACERT").map(Into::into), ..Tls::default() };
    let client = Client::new(trusting(&tls)?, Box::new(identity), place);
    Ok(OpenStack::new(settings.as_openstack(), options, HABITS, client))
}
