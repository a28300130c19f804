//! The environment variables that the jobs of a cloud need; the engine has their values.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::Config;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    pub name: String,
    /// False: a job runs without it.
    pub required: bool,
}

/// What each cloud reads for its credentials, and whether it cannot do without.
const CREDENTIALS: &[(&str, &[(&str, bool)])] = &[
    (
        "ec2",
        &[
            ("AWS_ACCESS_KEY_ID", true),
            ("AWS_SECRET_ACCESS_KEY", true),
            ("AWS_SESSION_TOKEN", false),
        ],
    ),
    (
        "openstack",
        &[
            ("OS_AUTH_URL", true),
            ("OS_USERNAME", true),
            ("OS_PASSWORD", true),
            ("OS_PROJECT_NAME", true),
            ("OS_USER_DOMAIN_NAME", false),
            ("OS_PROJECT_DOMAIN_NAME", false),
            ("OS_APPLICATION_CREDENTIAL_ID", false),
            ("OS_APPLICATION_CREDENTIAL_SECRET", false),
            ("OS_REGION_NAME", false),
        ],
    ),
    (
        "rackspace",
        &[
            ("OS_USERNAME", true),
            ("OS_PASSWORD", true),
            ("OS_TENANT_NAME", false),
            ("OS_REGION_NAME", false),
            ("RACKSPACE_API_KEY", false),
        ],
    ),
    (
        "gce",
        &[
            ("GCE_CREDENTIALS_EMAIL", true),
            ("GCE_CREDENTIALS_PRIVATE_KEY", true),
            ("GCE_PROJECT", true),
        ],
    ),
];

/// By name: the cloud's credentials, and what config.yaml takes from the environment.
pub fn of(config: &Config, cloud: &str) -> Vec<Variable> {
    let own = CREDENTIALS.iter().find(|(name, _)| *name == cloud);
    let own = own.into_iter().flat_map(|(_, variables)| *variables);
    let mut all: BTreeMap<String, bool> =
        own.map(|(name, required)| ((*name).to_owned(), *required)).collect();
    for variable in config.variables(cloud) {
        *all.entry(variable.name).or_default() |= variable.required;
    }
    all.into_iter().map(|(name, required)| Variable { name, required }).collect()
}
