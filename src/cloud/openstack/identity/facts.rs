//! What is said of a cloud: by its entry of clouds.yaml, or by the variables of the environment.
//!
//! With an entry, variables say nothing but the secret it lacks, the region and whom to trust: they may
//! be left from the openrc file of another cloud, and half of one and half of the other is a third,
//! wrong one. An entry that does not say who logs in leaves that to them as a whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::clouds_yaml::Variables;
use crate::cloud::openstack::catalogue::override_settings;

/// How servers prove who they are, and we to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    pub authorities: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Any certificate is as good as another.
    pub insecure: bool,
}

/// What an entry keeps under `auth:`. A variable is `OS_` and the name in capitals.
pub const AUTH: [&str; 18] = [
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
];
/// What it keeps beside it.
const BESIDE: [&str; 7] =
    ["auth_type", "interface", "endpoint_type", "cacert", "cert", "key", "insecure"];
/// Who we are: an entry that says nothing of it leaves all of it to the variables, and with it each
/// of the groups below that it says nothing of.
const USER: [&str; 7] = [
    "username",
    "user_id",
    "password",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "token",
];
const BELONGING: [&[&str]; 4] = [
    &["project_name", "project_id", "tenant_name", "tenant_id"],
    &["user_domain_name", "user_domain_id"],
    &["project_domain_name", "project_domain_id"],
    &["default_domain_name", "default_domain_id"],
];

/// What an entry may leave to the variables.
pub const SECRETS: [&str; 3] = ["password", "application_credential_secret", "token"];

pub struct Facts<'v> {
    entry: Option<Value>,
    variables: Variables<'v>,
}

/// A switch that is off, as files and variables have it. YAML of old has more words for it.
fn is_no(value: &Value) -> bool {
    match value {
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_u64() == Some(0),
        Value::String(text) => {
            ["false", "no", "off", "n", "0"].contains(&text.to_lowercase().as_str())
        }
        _ => false,
    }
}

/// A switch that is on; one that says nothing is not.
pub fn is_yes(value: &Value) -> bool {
    let says_something = match value {
        Value::String(text) => !text.is_empty(),
        other => other.is_boolean() || other.is_number(),
    };
    says_something && !is_no(value)
}

/// A variable; an empty one counts as none.
pub fn given(variables: Variables<'_>, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.is_empty())
}

impl<'v> Facts<'v> {
    pub fn new(entry: Option<Value>, variables: Variables<'v>) -> Facts<'v> {
        Facts { entry, variables }
    }

    pub fn has_entry(&self) -> bool {
        self.entry.is_some()
    }

    fn variable(&self, name: &str) -> Option<String> {
        given(self.variables, &format!("OS_{}", name.to_uppercase()))
    }

    fn entry_text(&self, pointer: &str) -> Option<String> {
        match self.entry.as_ref()?.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// A setting of `auth:`, but no secret that only the variables tell.
    pub fn auth(&self, name: &str) -> Option<String> {
        match self.entry {
            Some(_) if self.is_open(name) => self.variable(name),
            Some(_) => self.entry_text(&format!("/auth/{name}")),
            None => self.variable(name),
        }
    }

    /// Whether the entry, an address and no more, leaves this to the variables.
    fn is_open(&self, name: &str) -> bool {
        let silent = |group: &[&str]| {
            group.iter().all(|name| self.entry_text(&format!("/auth/{name}")).is_none())
        };
        let group = BELONGING.iter().copied().chain([&USER[..]]).find(|it| it.contains(&name));
        silent(&USER)
            && self.entry_text("/auth_type").is_none()
            && (name == "auth_type" || group.is_some_and(silent))
    }

    /// A secret of `auth:`.
    pub fn secret(&self, name: &str) -> Option<String> {
        self.auth(name).or_else(|| self.variable(name))
    }

    /// A setting beside `auth:`.
    pub fn beside(&self, name: &str) -> Option<String> {
        match self.entry {
            Some(_) if self.is_open(name) => self.variable(name),
            Some(_) => self.entry_text(&format!("/{name}")),
            None => self.variable(name),
        }
    }

    pub fn region(&self) -> Option<String> {
        self.entry_text("/region_name").or_else(|| self.variable("region_name"))
    }

    /// Addresses that replace the catalogue's, by the name of their setting.
    pub fn overrides(&self) -> BTreeMap<String, String> {
        let given =
            override_settings().filter_map(|name| Some((name.clone(), self.beside(&name)?)));
        given.collect()
    }

    pub fn tls(&self) -> Tls {
        let path = |name: &str| self.beside(name).map(|path| self.path(&path));
        // Whom to trust is no part of who we are: nothing is mixed up by it.
        let authorities = self.beside("cacert").or_else(|| self.variable("cacert"));
        let authorities = authorities.map(|path| self.path(&path));
        let insecure = match &self.entry {
            Some(entry) => entry.get("verify").is_some_and(is_no),
            None => self.variable("insecure").is_some_and(|text| is_yes(&text.into())),
        };
        Tls { authorities, certificate: path("cert"), key: path("key"), insecure }
    }

    /// `~/ca.pem` is in the user's folder, also where no shell has seen it.
    fn path(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), given(self.variables, "HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(text),
        }
    }

    /// The variables that say something else than the entry and are not followed, for a message.
    /// `secret` is what its way of logging in needs.
    pub fn left_aside(&self, method: &str, secret: &str) -> Option<String> {
        self.entry.as_ref()?;
        let auth = AUTH.iter().map(|name| (*name, self.auth(&name.replace("tenant_", "project_"))));
        let beside = BESIDE
            .iter()
            .map(|name| (*name, self.beside(&name.replace("endpoint_type", "interface"))));
        let differs = |(name, ours): &(&str, Option<String>)| {
            let Some(theirs) = self.variable(name) else { return false };
            let is_used = [secret, "region_name", "cacert"].contains(name) && ours.is_none();
            let says_the_same = match (*name, ours) {
                ("auth_type", _) => theirs.trim_start_matches("v3") == method,
                ("insecure", _) => is_yes(&theirs.into()) == self.tls().insecure,
                ("auth_url", Some(ours)) => {
                    theirs.trim_end_matches('/') == ours.trim_end_matches('/')
                }
                (_, Some(ours)) => theirs.trim_end_matches("URL") == ours.trim_end_matches("URL"),
                (_, None) => false,
            };
            !is_used && !says_the_same
        };
        let overrides: Vec<String> = override_settings().collect();
        let overrides = overrides.iter().map(|name| (name.as_str(), self.beside(name)));
        let names: Vec<String> = auth
            .chain(beside)
            .chain(overrides)
            .chain([("region_name", self.entry_text("/region_name"))])
            .filter(differs)
            .map(|(name, _)| format!("OS_{}", name.to_uppercase()))
            .collect();
        (!names.is_empty()).then(|| {
            format!("{} left aside: the entry of clouds.yaml is what counts", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn beside_entry(entry: Value, pairs: &[(&str, &str)], look: impl FnOnce(&Facts<'_>)) {
        let variables = |name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        look(&Facts::new(Some(entry), &variables));
    }

    #[test]
    fn beside_an_entry_variables_tell_the_secret_it_lacks_the_region_and_whom_to_trust() {
        let entry = json!({"auth": {"username": "me", "project_name": "ci"}});
        let left = [
            ("OS_PASSWORD", "pw"),
            ("OS_REGION_NAME", "One"),
            ("OS_USERNAME", "me"),
            ("OS_AUTH_TYPE", "v3password"),
            ("OS_TENANT_NAME", "ci"),
            ("OS_PROJECT_ID", "of another cloud"),
            ("OS_CACERT", "our.pem"),
        ];
        beside_entry(entry, &left, |facts| {
            assert_eq!(facts.secret("password").as_deref(), Some("pw"));
            assert_eq!(facts.region().as_deref(), Some("One"));
            assert_eq!(facts.auth("project_id"), None);
            assert_eq!(facts.tls().authorities, Some(PathBuf::from("our.pem")));
            let said = facts.left_aside("password", "password").unwrap();
            assert!(said.starts_with("OS_PROJECT_ID left aside"), "{said}");
        });
    }

    #[test]
    fn an_entry_that_does_not_say_who_leaves_that_to_the_variables() {
        let entry = json!({"auth": {"auth_url": "https://a/v3", "project_name": "ci"}});
        let left = [
            ("OS_AUTH_TYPE", "v3password"),
            ("OS_USERNAME", "me"),
            ("OS_USER_DOMAIN_NAME", "People"),
            ("OS_PASSWORD", "pw"),
            ("OS_PROJECT_ID", "of another cloud"),
        ];
        beside_entry(entry, &left, |facts| {
            assert_eq!(facts.auth("username").as_deref(), Some("me"));
            assert_eq!(facts.auth("user_domain_name").as_deref(), Some("People"));
            assert_eq!(facts.secret("password").as_deref(), Some("pw"));
            assert_eq!(facts.beside("auth_type").as_deref(), Some("v3password"));
            assert_eq!(facts.auth("project_name").as_deref(), Some("ci"));
            assert_eq!(facts.auth("project_id"), None);
            let said = facts.left_aside("password", "password").unwrap();
            assert!(said.starts_with("OS_PROJECT_ID left aside"), "{said}");
        });
    }

    #[test]
    fn a_path_may_begin_in_the_users_folder() {
        let entry = json!({"cacert": "~/ca.pem", "cert": "/etc/me.pem", "verify": false});
        beside_entry(entry, &[("HOME", "/home/me")], |facts| {
            let tls = facts.tls();
            assert_eq!(tls.authorities, Some(PathBuf::from("/home/me/ca.pem")));
            assert_eq!((tls.certificate, tls.insecure), (Some(PathBuf::from("/etc/me.pem")), true));
        });
    }

    #[test]
    fn certificates_are_checked_unless_that_is_switched_off() {
        let insecure = |entry: Value| {
            let mut found = false;
            beside_entry(entry, &[("OS_INSECURE", "true")], |facts| found = facts.tls().insecure);
            found
        };
        for off in [json!(false), json!("no"), json!("off"), json!(0)] {
            assert!(insecure(json!({ "verify": off })), "{off}");
        }
        for on in [json!(null), json!(""), json!({}), json!(true), json!("/ca.pem")] {
            assert!(!insecure(json!({ "verify": on })), "{on}");
        }
    }

    #[test]
    fn what_an_entry_says_is_not_replaced_and_no_value_is_shown() {
        let entry = json!({"region_name": "One", "auth": {"password": "pw"}});
        let left =
            [("OS_PASSWORD", "other"), ("OS_REGION_NAME", "Two"), ("OS_TOKEN", "of-yesterday")];
        beside_entry(entry, &left, |facts| {
            assert_eq!(facts.secret("password").as_deref(), Some("pw"));
            assert_eq!(facts.region().as_deref(), Some("One"));
            let said = facts.left_aside("password", "password").unwrap();
            assert_eq!(
                said,
                "OS_PASSWORD, OS_TOKEN, OS_REGION_NAME left aside: the entry of clouds.yaml is what counts"
            );
        });
    }
}
