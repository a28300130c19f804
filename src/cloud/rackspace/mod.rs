//! Rackspace: OpenStack with an identity service and differences of its own.
//!
//! Servers are reachable from the whole Internet and have no security groups; they cannot be stopped,
//! only deleted; images are reached through the compute service, and cloud-init finds its user data on
//! a config drive.

mod identity;

pub use self::identity::{READ, RackspaceIdentity};
use super::openstack::client::{Client, Login, Place};
use super::openstack::differences::{Automation, BAKE_PER_REGION, Differences};
use super::openstack::{AutomationLimits, Images, OpenStack, Options, Tls, http};
use super::{Capability, Logins};
use crate::config::openstack::Interface;
use crate::config::rackspace::Settings;
use crate::{Error, Result};

/// RackConnect moves a server behind a firewall, to an address that only `accessIPv4` names.
const RACKCONNECT: &str = "rackconnect_automation_status";

/// See <https://docs.rackspace.com/docs/cloud-server-configuration-options> and
/// <https://docs.rackspace.com/docs/rackconnect-v20-automation-status>; OpenStack Heat's Rackspace
/// resource knows the same roles and states.
const AUTOMATIONS: [Automation; 2] = [
    Automation {
        name: "managed automation",
        key: "rax_service_level_automation",
        roles: &["rax_managed"],
        is_usual: true,
        done: &["Complete"],
        failed: &["Build Error"],
    },
    Automation {
        name: "RackConnect automation",
        key: RACKCONNECT,
        roles: &["rack_connect"],
        is_usual: false,
        // A server that RackConnect cannot process is left as it is.
        done: &["DEPLOYED", "UNPROCESSABLE"],
        failed: &["FAILED"],
    },
];

const DIFFERENCES: Differences = Differences {
    name: "rackspace",
    capabilities: &[Capability::ShareImage, Capability::PromoteImage],
    images: Images::ComputeProxy,
    microversions: false,
    networks: false,
    images_of_volumes: false,
    image_type: None,
    accept: "in the Cloud Control Panel (Saved Images), so that image ID is in its lists; servers can be \
             started from that id at once",
    access_key: Some(RACKCONNECT),
    automations: &AUTOMATIONS,
    instead: &[
        (Capability::CopyImage, BAKE_PER_REGION),
        (
            Capability::Stop,
            "save what is on it with `imgctl create_image` and delete it with `imgctl destroy`: a server \
             costs money until it is deleted",
        ),
        (Capability::DeprecateImage, "delete old images with `imgctl prune_images:keep=N`"),
        (Capability::Console, "open the console in the vendor's control panel"),
    ],
};

/// The cloud of the `OS_*` variables. Sends nothing.
///
/// # Errors
/// `Config` if a variable is missing or contradicts another.
pub fn open(
    settings: &Settings,
    mut options: Options,
    logins: &Logins<Login>,
) -> Result<OpenStack> {
    let variables = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(system) = variables("OS_AUTH_SYSTEM").filter(|system| system != "rackspace") {
        return Err(Error::config(format!(
            "OS_AUTH_SYSTEM is `{system}`, but the cloud is `rackspace`"
        ))
        .hint("use `cloud:openstack`, or set OS_AUTH_SYSTEM=rackspace"));
    }
    options.automation = Some(AutomationLimits {
        mode: settings.automation_wait,
        timeout: settings.automation_timeout,
    });
    let identity = RackspaceIdentity::from(&variables)?;
    let region = Some(options.region.clone()).filter(|region| !region.is_empty());
    let place = Place {
        region: region.or_else(|| variables("OS_REGION_NAME")),
        interface: settings.interface.unwrap_or(Interface::Public),
        compute_name: Some("cloudServersOpenStack"),
        overrides: Default::default(),
    };
    let tls = Tls { authorities: variables("OS_CACERT").map(Into::into), ..Tls::default() };
    // All credentials are those of the process's variables.
    let login = logins.of(DIFFERENCES.name);
    let client = Client::new(login.http.of(tls, http)?, Box::new(identity), place, login);
    Ok(OpenStack::new(settings.as_openstack(), options, DIFFERENCES, client))
}
