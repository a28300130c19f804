//! From the settings to a cloud that can be asked.

use std::path::{Path, PathBuf};

use super::OpenStack;
use super::client::{Client, Place};
use super::habits;
use super::identity::credentials;
use super::identity::facts::Tls;
use super::identity::keystone::Keystone;
use crate::cloud::http::Http;
use crate::config::openstack::{Interface, Settings};
use crate::{Error, Result};

/// What is not in the cloud's own settings.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The region asked for; empty for none.
    pub region: String,
    /// Whether SSH goes by a jump host or a program of the user's.
    pub goes_through_others: bool,
    /// The file with the public half of the login key. None: it is not needed.
    pub public_key_file: Option<PathBuf>,
    /// Whether the private half is named, too.
    pub has_key_file: bool,
}

/// The cloud of clouds.yaml or the variables. Costs nothing remote.
pub fn open(settings: Settings, options: Options, project: &Path) -> Result<OpenStack> {
    let variables = |name: &str| std::env::var(name).ok();
    let is_set = |name: &str| variables(name).is_some_and(|value| !value.is_empty());
    let of_variables = settings.cloud.is_none() && !is_set("OS_CLOUD");
    if of_variables && variables("OS_AUTH_SYSTEM").is_some_and(|system| system == "rackspace") {
        return Err(Error::config(
            "OS_AUTH_SYSTEM is `rackspace`, but cloud openstack was asked for",
        )
        .hint("say `cloud:rackspace`, or `unset OS_AUTH_SYSTEM`"));
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
    let identity = Box::new(Keystone::new(&found.auth_url, found.request, found.left_aside)?);
    let client = Client::new(trusting(&found.tls)?, identity, place);
    Ok(OpenStack::new(settings, options, habits::OPENSTACK, client))
}

/// An HTTP client that trusts whom the settings trust.
pub fn trusting(tls: &Tls) -> Result<Http> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| Error::io("read", path, error));
    let authorities = match &tls.authorities {
        None => Vec::new(),
        Some(path) => reqwest::Certificate::from_pem_bundle(&read(path)?)
            .map_err(|_| Error::config(format!("{} holds no certificates", path.display())))?,
    };
    let identity = match (&tls.certificate, &tls.key) {
        (Some(certificate), key) => {
            let both = read(certificate)?;
            let key = key.as_deref().map(read).transpose()?.unwrap_or_else(|| both.clone());
            let identity = reqwest::Identity::from_pkcs8_pem(&both, &key).map_err(|_| {
                Error::config(format!("{} and its key cannot be used", certificate.display()))
                    .hint("the key must be PEM in the PKCS #8 form (BEGIN PRIVATE KEY)")
            })?;
            Some(identity)
        }
        _ => None,
    };
    Http::new(|mut builder| {
        for authority in authorities {
            builder = builder.add_root_certificate(authority);
        }
        if let Some(identity) = identity {
            builder = builder.identity(identity);
        }
        builder.danger_accept_invalid_certs(tls.insecure)
    })
}
