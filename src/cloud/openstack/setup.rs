//! From settings and credentials to the provider.

use std::path::Path;

use super::client::{Client, Login, Place};
use super::differences;
use super::identity::keystone::Keystone;
use super::identity::{credentials, tls};
use super::options::Options;
use super::provider::OpenStack;
use crate::cloud::Logins;
use crate::config::openstack::{Interface, Settings};
use crate::{Error, Result};

/// The cloud of clouds.yaml or of the `OS_*` variables; `project` is the folder of config.yaml. Sends
/// nothing.
///
/// # Errors
/// `Config` if credentials are missing or contradict each other, `Io` if a file cannot be read.
pub fn open(
    settings: Settings,
    options: Options,
    project: &Path,
    logins: &Logins<Login>,
) -> Result<OpenStack> {
    let variables = |name: &str| std::env::var(name).ok();
    let is_set = |name: &str| variables(name).is_some_and(|value| !value.is_empty());
    let of_variables = settings.cloud.is_none() && !is_set("OS_CLOUD");
    if of_variables && variables("OS_AUTH_SYSTEM").is_some_and(|system| system == "rackspace") {
        return Err(Error::config("OS_AUTH_SYSTEM is `rackspace`, but the cloud is `openstack`")
            .hint("use `cloud:rackspace`, or `unset OS_AUTH_SYSTEM`"));
    }
    let region = Some(options.region.clone()).filter(|region| !region.is_empty());
    let cloud = settings.cloud.as_deref();
    let found = credentials::find(cloud, region.as_deref(), project, &variables)?;
    let place = Place {
        region: region.or(found.region),
        interface: settings.interface.or(found.interface).unwrap_or(Interface::Public),
        compute_name: None,
        overrides: found.overrides,
    };
    let login = logins.of(&format!("{} {}", found.auth_url, found.request));
    let identity = Box::new(Keystone::new(&found.auth_url, found.request, found.ignored)?);
    let insecure = found.tls.insecure;
    let http = login.http.of(found.tls, tls::http)?;
    let client = Client::new(http, identity, place, login).insecure(insecure);
    Ok(OpenStack::new(settings, options, differences::OPENSTACK, client))
}
