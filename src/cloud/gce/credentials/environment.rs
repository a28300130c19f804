//! Variables of the environment that Google's and AWS's own tools read.

/// The project to work in, in this order, as Google's own libraries and gcloud read them.
const PROJECT: [&str; 2] = ["GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"];

/// The variables that credentials are read from, or where to find them: those of the shipped configuration,
/// and those of gcloud.
pub const READ: [&str; 10] = [
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GCE_CREDENTIALS_EMAIL",
    "GCE_CREDENTIALS_PRIVATE_KEY",
    "GOOGLE_CLOUD_PROJECT",
    "CLOUDSDK_ACTIVE_CONFIG_NAME",
    "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
    "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
    "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
    ACCESS_TOKEN,
    IMPERSONATE,
];

/// A token that something else has got, as Terraform and Packer read it.
pub const ACCESS_TOKEN: &str = "GOOGLE_OAUTH_ACCESS_TOKEN";

/// The service account to act as with any credentials, as Terraform reads it.
pub const IMPERSONATE: &str = "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT";

pub fn project() -> Option<String> {
    PROJECT.iter().find_map(|name| variable(name))
}

/// A variable that is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
