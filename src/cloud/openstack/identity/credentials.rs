//! From clouds.yaml and the `OS_*` variables to what keystone is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::clouds_yaml::{self, Variables};
use crate::config::openstack::Interface;
use crate::{Error, Result};

/// All that is needed to get a token and to find the services.
pub struct Credentials {
    pub auth_url: String,
    /// `identity` and `scope` of keystone's request. Holds secrets.
    pub request: Value,
    pub region: Option<String>,
    pub interface: Option<Interface>,
    /// Addresses that replace the catalogue's, by the name of their setting.
    pub overrides: BTreeMap<String, String>,
    pub tls: Tls,
}

/// How servers prove who they are, and we to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    pub authorities: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Any certificate is as good as another.
    pub insecure: bool,
}

/// Looks in clouds.yaml first; a variable fills in what its entry lacks.
pub fn find(cloud: Option<&str>, folder: &Path, variables: Variables<'_>) -> Result<Credentials> {
    let named =
        cloud.map(str::to_owned).or_else(|| variables("OS_CLOUD")).filter(|s| !s.is_empty());
    // Variables that say where to go leave a file alone that was not asked for.
    let by_variables = named.is_none() && given(variables, "OS_AUTH_URL").is_some();
    let entry = match by_variables {
        true => None,
        false => clouds_yaml::entry(named.as_deref(), folder, variables)?,
    };
    let facts = Facts { entry: entry.unwrap_or_default(), variables };
    let auth_url = facts.auth("auth_url").ok_or_else(|| no_auth_url(&facts))?;
    let interface = facts.top("interface").or_else(|| facts.top("endpoint_type"));
    let interface = interface.or_else(|| given(variables, "OS_ENDPOINT_TYPE"));
    Ok(Credentials {
        request: request(&facts)?,
        auth_url: auth_url.trim_end_matches('/').to_owned(),
        region: facts.top("region_name"),
        interface: interface.map(|word| self::interface(&word)).transpose()?,
        overrides: facts.overrides(),
        tls: facts.tls(),
    })
}

fn given(variables: Variables<'_>, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.is_empty())
}

fn no_auth_url(facts: &Facts<'_>) -> Error {
    let profile = facts.entry.get("profile").and_then(Value::as_str);
    match profile {
        Some(profile) => Error::config(format!("profile `{profile}` of clouds.yaml is not known here"))
            .hint("write auth_url and region_name into the cloud's entry"),
        None => Error::config("there are no credentials for OpenStack").hint(
            "name a cloud of clouds.yaml with OS_CLOUD, or set OS_AUTH_URL and its companions, as the \
             cloud's openrc file does",
        ),
    }
}

fn interface(word: &str) -> Result<Interface> {
    match word.trim_end_matches("URL") {
        "public" => Ok(Interface::Public),
        "internal" => Ok(Interface::Internal),
        "admin" => Ok(Interface::Admin),
        other => Err(Error::config(format!("no interface is called `{other}`"))
            .hint("interfaces: public, internal, admin")),
    }
}

/// An entry of clouds.yaml, and the variables.
struct Facts<'v> {
    entry: Value,
    variables: Variables<'v>,
}

impl Facts<'_> {
    /// A setting of `auth:`; the variable is `OS_` and its name.
    fn auth(&self, name: &str) -> Option<String> {
        self.entry_text(&format!("/auth/{name}"))
            .or_else(|| given(self.variables, &format!("OS_{}", name.to_uppercase())))
    }

    /// A setting beside `auth:`.
    fn top(&self, name: &str) -> Option<String> {
        self.entry_text(&format!("/{name}"))
            .or_else(|| given(self.variables, &format!("OS_{}", name.to_uppercase())))
    }

    fn entry_text(&self, pointer: &str) -> Option<String> {
        match self.entry.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    fn overrides(&self) -> BTreeMap<String, String> {
        let entry = self.entry.as_object().into_iter().flatten();
        let ours = entry.filter(|(key, _)| key.ends_with("_endpoint_override"));
        ours.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    fn tls(&self) -> Tls {
        let no = |text: String| ["false", "no", "0"].contains(&text.to_lowercase().as_str());
        let insecure = given(self.variables, "OS_INSECURE").is_some_and(|text| !no(text));
        Tls {
            authorities: self.top("cacert").map(PathBuf::from),
            certificate: self.top("cert").map(PathBuf::from),
            key: self.top("key").map(PathBuf::from),
            insecure: self.entry_text("/verify").map_or(insecure, no),
        }
    }
}

/// `identity` and `scope`.
fn request(facts: &Facts<'_>) -> Result<Value> {
    let has = |name: &str| facts.auth(name).is_some();
    let kind = facts.top("auth_type").unwrap_or_else(|| {
        let application = has("application_credential_id") || has("application_credential_name");
        let token = has("token") && !has("password");
        match (application, token) {
            (true, _) => "v3applicationcredential",
            (_, true) => "v3token",
            _ => "password",
        }
        .to_owned()
    });
    match kind.as_str() {
        "password" | "v3password" => {
            let mut user = user(facts)?;
            user["password"] = needed(facts, "password")?.into();
            let identity = json!({"methods": ["password"], "password": {"user": user}});
            Ok(with_scope(identity, scope(facts)?))
        }
        "v3applicationcredential" => {
            let mut credential = json!({"secret": needed(facts, "application_credential_secret")?});
            match facts.auth("application_credential_id") {
                Some(id) => credential["id"] = id.into(),
                None => {
                    credential["name"] = needed(facts, "application_credential_name")?.into();
                    credential["user"] = user(facts)?;
                }
            }
            // It belongs to one project: a scope would be refused.
            Ok(json!({"identity": {
                "methods": ["application_credential"], "application_credential": credential,
            }}))
        }
        "token" | "v3token" => {
            let identity = json!({"methods": ["token"], "token": {"id": needed(facts, "token")?}});
            Ok(with_scope(identity, scope(facts)?))
        }
        other => Err(Error::config(format!("auth_type `{other}` is not known here"))
            .hint("known: password, v3applicationcredential, v3token; `openstack application credential create` makes one for a user of single sign-on")),
    }
}

fn with_scope(identity: Value, scope: Option<Value>) -> Value {
    match scope {
        Some(scope) => json!({"identity": identity, "scope": scope}),
        None => json!({"identity": identity}),
    }
}

fn needed(facts: &Facts<'_>, name: &str) -> Result<String> {
    facts.auth(name).ok_or_else(|| {
        Error::config(format!("the credentials lack `{name}`")).hint(format!(
            "set OS_{}, or auth.{name} of the cloud in clouds.yaml or secure.yaml",
            name.to_uppercase()
        ))
    })
}

fn user(facts: &Facts<'_>) -> Result<Value> {
    if let Some(id) = facts.auth("user_id") {
        return Ok(json!({"id": id}));
    }
    let name = needed(facts, "username")?;
    Ok(json!({"name": name, "domain": domain(facts, "user")}))
}

/// The domain of the user or the project: by id, by name, or the default one.
fn domain(facts: &Facts<'_>, of: &str) -> Value {
    let id = facts.auth(&format!("{of}_domain_id")).or_else(|| facts.auth("default_domain_id"));
    let name =
        facts.auth(&format!("{of}_domain_name")).or_else(|| facts.auth("default_domain_name"));
    match (facts.auth(&format!("{of}_domain_id")), name, id) {
        (Some(id), _, _) | (None, None, Some(id)) => json!({"id": id}),
        (None, Some(name), _) => json!({"name": name}),
        (None, None, None) => json!({"id": "default"}),
    }
}

/// None leaves it to keystone: the user's default project.
fn scope(facts: &Facts<'_>) -> Result<Option<Value>> {
    let id = facts.auth("project_id").or_else(|| facts.auth("tenant_id"));
    if let Some(id) = id {
        return Ok(Some(json!({"project": {"id": id}})));
    }
    let name = facts.auth("project_name").or_else(|| facts.auth("tenant_name"));
    Ok(name.map(|name| json!({"project": {"name": name, "domain": domain(facts, "project")}})))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Credentials> {
        let variables = |name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        find(None, Path::new("/nowhere"), &variables)
    }

    #[test]
    fn a_password_with_domains() {
        let found = from(&[
            ("OS_AUTH_URL", "http://k/v3/"),
            ("OS_USERNAME", "me"),
            ("OS_PASSWORD", "pw"),
            ("OS_USER_DOMAIN_NAME", "People"),
            ("OS_PROJECT_NAME", "ci"),
            ("OS_PROJECT_DOMAIN_ID", "d1"),
            ("OS_REGION_NAME", "One"),
        ])
        .unwrap();
        assert_eq!(found.auth_url, "http://k/v3");
        assert_eq!(found.region.as_deref(), Some("One"));
        assert_eq!(
            found.request,
            json!({
                "identity": {"methods": ["password"], "password": {"user": {
                    "name": "me", "domain": {"name": "People"}, "password": "pw",
                }}},
                "scope": {"project": {"name": "ci", "domain": {"id": "d1"}}},
            })
        );
    }

    #[test]
    fn an_application_credential_brings_its_own_project() {
        let found = from(&[
            ("OS_AUTH_URL", "http://k"),
            ("OS_APPLICATION_CREDENTIAL_ID", "id"),
            ("OS_APPLICATION_CREDENTIAL_SECRET", "secret"),
            ("OS_PROJECT_NAME", "ci"),
        ])
        .unwrap();
        assert_eq!(found.request["scope"], Value::Null);
        assert_eq!(found.request["identity"]["application_credential"]["id"], "id");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = from(&[("OS_AUTH_URL", "http://k"), ("OS_USERNAME", "me")]).err().unwrap();
        assert!(error.to_string().contains("lack `password`"), "{error}");
        let error = from(&[]).err().unwrap();
        assert!(error.hint_text().unwrap().contains("OS_CLOUD"));
        let error = from(&[("OS_AUTH_URL", "http://k"), ("OS_AUTH_TYPE", "v3oidcpassword")]);
        assert!(error.err().unwrap().hint_text().unwrap().contains("application credential"));
    }
}
