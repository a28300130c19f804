//! The keys of an entry of clouds.yaml, and the values of switches.

use serde_json::Value;

/// The keys under `auth:`. The variable for a key is `OS_` and its name in capitals.
pub const AUTH: [&str; 20] = [
    "auth_url",
    "username",
    "user_id",
    "password",
    "project_name",
    "project_id",
    "tenant_name",
    "tenant_id",
    "user_domain_name",
    "user_domain_id",
    "project_domain_name",
    "project_domain_id",
    "default_domain_name",
    "default_domain_id",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "token",
    "trust_id",
    "system_scope",
];
/// The keys beside `auth:`.
pub const BESIDE: [&str; 7] =
    ["auth_type", "interface", "endpoint_type", "cacert", "cert", "key", "insecure"];
/// The keys that say who logs in. If an entry has none of them, all of them come from the variables,
/// and so does each group of [`BELONGING`] that it has no key of.
pub const USER: [&str; 7] = [
    "username",
    "user_id",
    "password",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "token",
];
pub const BELONGING: [&[&str]; 5] = [
    &["project_name", "project_id", "tenant_name", "tenant_id", "trust_id", "system_scope"],
    &["user_domain_name", "user_domain_id"],
    &["project_domain_name", "project_domain_id"],
    &["default_domain_name", "default_domain_id"],
    &["domain_name", "domain_id"],
];

/// The keys that a variable may supply beside an entry.
pub const SECRETS: [&str; 3] = ["password", "application_credential_secret", "token"];

/// Whether a switch in a file or a variable is off. YAML 1.1 has several words for that.
pub fn is_no(value: &Value) -> bool {
    match value {
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_u64() == Some(0),
        Value::String(text) => {
            ["false", "no", "off", "n", "0"].contains(&text.to_lowercase().as_str())
        }
        _ => false,
    }
}

/// Whether a switch is on. An empty one is not, and neither is one with a word that nobody knows: it would
/// switch off what protects.
pub fn is_yes(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_u64() == Some(1),
        Value::String(text) => {
            ["true", "yes", "on", "y", "1"].contains(&text.to_lowercase().as_str())
        }
        _ => false,
    }
}
