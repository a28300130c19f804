//! The settings of a cloud, from its entry of clouds.yaml or from the variables of the environment.
//!
//! Beside an entry, variables supply only the secret that it lacks, the region and the certificate
//! authority: the others may be left from another cloud's openrc file, and a mixture of two clouds'
//! settings would be wrong. If an entry does not say who logs in, the variables do, as a whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::keys::{AUTH, BELONGING, BESIDE, USER, is_no, is_yes};
use super::tls::Tls;
use super::variables::{Variables, given};
use crate::cloud::openstack::catalogue::override_settings;
use crate::{Error, Result};

/// The settings of one cloud.
pub struct Facts<'v> {
    entry: Option<Value>,
    variables: Variables<'v>,
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
        let text = self.entry.as_ref()?.pointer(pointer)?.as_str()?;
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }

    /// A setting of `auth:`. Secrets that only a variable supplies are left out.
    pub fn auth(&self, name: &str) -> Option<String> {
        match self.entry {
            Some(_) if self.is_open(name) => self.variable(name),
            Some(_) => self.entry_text(&format!("/auth/{name}")),
            None => self.variable(name),
        }
    }

    /// Whether the entry does not say who logs in and leaves this setting to the variables.
    fn is_open(&self, name: &str) -> bool {
        let silent = |group: &[&str]| {
            group.iter().all(|name| self.entry_text(&format!("/auth/{name}")).is_none())
        };
        let group = BELONGING.iter().copied().chain([&USER[..]]).find(|it| it.contains(&name));
        silent(&USER)
            && self.entry_text("/auth_type").is_none()
            && (name == "auth_type" || group.is_some_and(silent))
    }

    /// A secret of `auth:`, from the entry or a variable.
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

    /// Endpoints that replace the catalogue's, by the name of their setting.
    pub fn overrides(&self) -> BTreeMap<String, String> {
        let given =
            override_settings().filter_map(|name| Some((name.clone(), self.beside(&name)?)));
        given.collect()
    }

    pub fn tls(&self) -> Tls {
        let path = |name: &str| self.beside(name).map(|path| self.path(&path));
        // The certificate authority is safe to take from a variable: it is not part of an identity.
        let authorities = self.beside("cacert").or_else(|| self.variable("cacert"));
        let authorities = authorities.map(|path| self.path(&path));
        let insecure = match &self.entry {
            Some(entry) => entry.get("verify").is_some_and(is_no),
            None => self.variable("insecure").is_some_and(|text| is_yes(&text.into())),
        };
        Tls { authorities, certificate: path("cert"), key: path("key"), insecure }
    }

    /// Finds a word that nobody knows in OS_INSECURE, which is not used beside an entry.
    ///
    /// # Errors
    /// `Config` for a switch that is neither on nor off.
    pub fn check_insecure(&self) -> Result<()> {
        let given = self.variable("insecure").filter(|_| self.entry.is_none()).map(Value::from);
        if given.is_none_or(|word| is_yes(&word) || is_no(&word)) {
            return Ok(());
        }
        Err(Error::config("OS_INSECURE is neither true nor false")
            .hint("set OS_INSECURE=true to accept any certificate, or unset it"))
    }

    /// Expands `~/`, which no shell does in a file.
    fn path(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), given(self.variables, "HOME")) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(text),
        }
    }

    /// A message that names the variables that differ from the entry and are ignored. `method` and
    /// `secret` are those of the entry.
    pub fn ignored(&self, method: &str, secret: &str) -> Option<String> {
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
            format!("ignoring {}: the entry of clouds.yaml takes precedence", names.join(", "))
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
    fn beside_an_entry_variables_supply_the_missing_secret_the_region_and_the_authority() {
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
            let said = facts.ignored("password", "password").unwrap();
            assert!(said.starts_with("ignoring OS_PROJECT_ID:"), "{said}");
        });
    }

    #[test]
    fn if_an_entry_does_not_say_who_logs_in_the_variables_do() {
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
            let said = facts.ignored("password", "password").unwrap();
            assert!(said.starts_with("ignoring OS_PROJECT_ID:"), "{said}");
        });
    }

    #[test]
    fn a_path_may_begin_with_the_home_folder() {
        let entry = json!({"cacert": "~/ca.pem", "cert": "/etc/me.pem", "verify": false});
        beside_entry(entry, &[("HOME", "/home/me")], |facts| {
            let tls = facts.tls();
            assert_eq!(tls.authorities, Some(PathBuf::from("/home/me/ca.pem")));
            assert_eq!((tls.certificate, tls.insecure), (Some(PathBuf::from("/etc/me.pem")), true));
        });
    }

    #[test]
    fn certificates_are_verified_unless_that_is_switched_off() {
        let insecure = |entry: Value| {
            let mut found = false;
            beside_entry(entry, &[("OS_INSECURE", "true")], |facts| found = facts.tls().insecure);
            found
        };
        for off in [json!(false), json!("no"), json!("off"), json!(0)] {
            assert!(insecure(json!({ "verify": off })), "{off}");
        }
        for on in [json!(null), json!(""), json!(true), json!("/ca.pem")] {
            assert!(!insecure(json!({ "verify": on })), "{on}");
        }
    }

    #[test]
    fn a_variable_with_a_word_that_nobody_knows_switches_nothing_off() {
        let refused = |word: &str| {
            let variables = |name: &str| (name == "OS_INSECURE").then(|| word.to_owned());
            Facts::new(None, &variables).check_insecure().is_err()
        };
        assert!(refused("nope") && refused("2"));
        assert!(!refused("TRUE") && !refused("0") && !refused(""));
        // It is not read beside an entry.
        beside_entry(json!({}), &[("OS_INSECURE", "nope")], |facts| {
            assert!(facts.check_insecure().is_ok() && !facts.tls().insecure);
        });
    }

    #[test]
    fn variables_do_not_replace_an_entry_and_their_values_are_not_shown() {
        let entry = json!({"region_name": "One", "auth": {"password": "pw"}});
        let left =
            [("OS_PASSWORD", "other"), ("OS_REGION_NAME", "Two"), ("OS_TOKEN", "of-yesterday")];
        beside_entry(entry, &left, |facts| {
            assert_eq!(facts.secret("password").as_deref(), Some("pw"));
            assert_eq!(facts.region().as_deref(), Some("One"));
            let said = facts.ignored("password", "password").unwrap();
            assert_eq!(
                said,
                "ignoring OS_PASSWORD, OS_TOKEN, OS_REGION_NAME: the entry of clouds.yaml takes precedence"
            );
        });
    }
}
