//! From clouds.yaml and the `OS_*` variables to a request for a token.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::facts::Facts;
use super::keys::SECRETS;
use super::tls::Tls;
use super::variables::{Variables, given};
use super::{clouds_yaml, entry};
use crate::cloud::Sought;
use crate::config::openstack::Interface;
use crate::{Code, Error, Result};

/// What is needed to get a token and to find the services.
pub struct Credentials {
    pub auth_url: String,
    /// `identity` and `scope` of keystone's request. Holds secrets.
    pub request: Value,
    pub region: Option<String>,
    pub interface: Option<Interface>,
    /// Endpoints that replace the catalogue's, by the name of their setting.
    pub overrides: BTreeMap<String, String>,
    pub tls: Tls,
    /// A message about variables that were ignored.
    pub ignored: Option<String>,
}

/// The credentials of an entry of clouds.yaml, if one is named or it is the only one; else those of the
/// variables. `region` is the one that was asked for.
///
/// # Errors
/// `Config` if something is missing or not known.
pub fn find(
    cloud: Option<&str>,
    region: Option<&str>,
    folder: &Path,
    variables: Variables<'_>,
) -> Result<Credentials> {
    let named =
        cloud.map(str::to_owned).or_else(|| variables("OS_CLOUD")).filter(|s| !s.is_empty());
    // With OS_AUTH_URL, a file that was not asked for is not read.
    let by_variables = named.is_none() && given(variables, "OS_AUTH_URL").is_some();
    let entry = match by_variables {
        true => None,
        false => clouds_yaml::entry(named.as_deref(), folder, variables)?,
    };
    let variable = given(variables, "OS_REGION_NAME");
    let entry = entry.map(|entry| entry::normal(entry, region, variable.as_deref())).transpose()?;
    let profile = entry.as_ref().and_then(|entry| entry["profile"].as_str()).map(str::to_owned);
    let facts = Facts::new(entry, variables);
    let auth_url = facts.auth("auth_url").ok_or_else(|| no_auth_url(&facts, profile.as_deref()))?;
    let interface = facts.beside("interface").or_else(|| facts.beside("endpoint_type"));
    let method = method(&facts)?;
    check_scope(&facts)?;
    facts.check_insecure()?;
    Ok(Credentials {
        request: request(&facts, method)?,
        auth_url: auth_url.trim_end_matches('/').to_owned(),
        region: facts.region(),
        interface: interface.map(|word| self::interface(&word)).transpose()?,
        overrides: facts.overrides(),
        tls: facts.tls(),
        ignored: facts.ignored(method.name(), method.secret()),
    })
}

/// Where [`find`] takes credentials from, without asking there.
pub fn sought(cloud: Option<&str>, folder: &Path, variables: Variables<'_>) -> Sought {
    let named =
        cloud.map(str::to_owned).or_else(|| variables("OS_CLOUD")).filter(|s| !s.is_empty());
    let by_variables = named.is_none() && given(variables, "OS_AUTH_URL").is_some();
    match find(cloud, None, folder, variables) {
        Err(error) => Sought::Missing(error.message().to_owned()),
        Ok(_) if by_variables => Sought::Found("the variables OS_AUTH_URL and others".to_owned()),
        Ok(_) => Sought::Found(match named {
            Some(name) => format!("cloud {name} of clouds.yaml"),
            None => "the only cloud of clouds.yaml".to_owned(),
        }),
    }
}

/// The variables that [`find`] reads who logs in from, and where.
pub const READ: [&str; 14] = [
    "OS_CLOUD",
    "OS_CLIENT_CONFIG_FILE",
    "OS_AUTH_URL",
    "OS_AUTH_TYPE",
    "OS_USERNAME",
    "OS_PASSWORD",
    "OS_PROJECT_NAME",
    "OS_PROJECT_ID",
    "OS_USER_DOMAIN_NAME",
    "OS_PROJECT_DOMAIN_NAME",
    "OS_APPLICATION_CREDENTIAL_ID",
    "OS_APPLICATION_CREDENTIAL_SECRET",
    "OS_TOKEN",
    "OS_REGION_NAME",
];

fn no_auth_url(facts: &Facts<'_>, profile: Option<&str>) -> Error {
    match profile {
        Some(profile) => Error::config(format!("unknown profile `{profile}` in clouds.yaml"))
            .hint("add auth_url and region_name to the cloud's entry, or the profile to a clouds-public.yaml beside it"),
        None if facts.has_entry() => lacks(facts, "auth_url"),
        None => Error::new(Code::Authentication, "there are no credentials for OpenStack").hint(
            "set OS_CLOUD to a cloud of clouds.yaml, or source the cloud's openrc file, which sets \
             OS_AUTH_URL and its companions",
        ),
    }
}

fn interface(word: &str) -> Result<Interface> {
    match word.trim_end_matches("URL") {
        "public" => Ok(Interface::Public),
        "internal" => Ok(Interface::Internal),
        "admin" => Ok(Interface::Admin),
        other => Err(Error::config(format!("unknown interface `{other}`"))
            .hint("use public, internal or admin")),
    }
}

/// How to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Password,
    ApplicationCredential,
    Token,
}

impl Method {
    /// As in `auth_type`, after `v3`.
    fn name(self) -> &'static str {
        match self {
            Method::Password => "password",
            Method::ApplicationCredential => "applicationcredential",
            Method::Token => "token",
        }
    }

    fn secret(self) -> &'static str {
        match self {
            Method::Password => "password",
            Method::ApplicationCredential => "application_credential_secret",
            Method::Token => "token",
        }
    }
}

/// The method of `auth_type`, else the one that there are credentials for.
fn method(facts: &Facts<'_>) -> Result<Method> {
    let has = |name: &str| facts.auth(name).is_some();
    let said = facts.beside("auth_type");
    let application = has("application_credential_id") || has("application_credential_name");
    match said.as_deref() {
        None if application => Ok(Method::ApplicationCredential),
        None if has("token") && !has("password") => Ok(Method::Token),
        None | Some("password" | "v3password") => Ok(Method::Password),
        Some("v3applicationcredential") => Ok(Method::ApplicationCredential),
        Some("token" | "v3token") => Ok(Method::Token),
        Some("rackspace_apikey") => {
            Err(Error::config("auth_type `rackspace_apikey` is that of Rackspace's own identity service")
                .hint("use `cloud:rackspace`, with OS_USERNAME and RACKSPACE_API_KEY"))
        }
        Some(other) => Err(Error::config(format!("unknown auth_type `{other}`"))
            .hint("use password, v3applicationcredential or v3token; with single sign-on, run `openstack application credential create`")),
    }
}

/// `identity` and `scope` of the request for a token.
fn request(facts: &Facts<'_>, method: Method) -> Result<Value> {
    let secret = method.secret();
    match method {
        Method::Password => {
            let mut user = user(facts)?;
            user["password"] = facts.secret(secret).ok_or_else(|| lacks(facts, secret))?.into();
            let identity = json!({"methods": ["password"], "password": {"user": user}});
            Ok(with_scope(identity, scope(facts)))
        }
        Method::ApplicationCredential => {
            let secret = facts.secret(secret).ok_or_else(|| lacks(facts, secret))?;
            let mut credential = json!({ "secret": secret });
            match facts.auth("application_credential_id") {
                Some(id) => credential["id"] = id.into(),
                None => {
                    credential["name"] = needed(facts, "application_credential_name")?.into();
                    credential["user"] = user(facts)?;
                }
            }
            // An application credential belongs to one project; keystone refuses a scope.
            Ok(json!({"identity": {
                "methods": ["application_credential"], "application_credential": credential,
            }}))
        }
        Method::Token => {
            let token = facts.secret(secret).ok_or_else(|| lacks(facts, secret))?;
            let identity = json!({"methods": ["token"], "token": {"id": token}});
            Ok(with_scope(identity, scope(facts)))
        }
    }
}

fn with_scope(identity: Value, scope: Option<Value>) -> Value {
    match scope {
        Some(scope) => json!({"identity": identity, "scope": scope}),
        None => json!({"identity": identity}),
    }
}

fn needed(facts: &Facts<'_>, name: &str) -> Result<String> {
    facts.auth(name).ok_or_else(|| lacks(facts, name))
}

fn lacks(facts: &Facts<'_>, name: &str) -> Error {
    let variable = format!("OS_{}", name.to_uppercase());
    let error = Error::new(Code::Authentication, format!("the credentials lack `{name}`"));
    error.hint(match facts.has_entry() {
        true if SECRETS.contains(&name) => format!(
            "add auth.{name} to the cloud's entry in clouds.yaml or secure.yaml, or set {variable}"
        ),
        true => format!(
            "add auth.{name} to the cloud's entry in clouds.yaml or secure.yaml: beside an entry, \
             variables supply only a secret and the region"
        ),
        false => format!("set {variable}, or set OS_CLOUD to a cloud of clouds.yaml"),
    })
}

fn user(facts: &Facts<'_>) -> Result<Value> {
    if let Some(id) = facts.auth("user_id") {
        return Ok(json!({"id": id}));
    }
    let name = needed(facts, "username")?;
    Ok(json!({"name": name, "domain": domain(facts, "user_", "project_")}))
}

/// The domain of the user or the project: its own, else the one for both (`OS_DOMAIN_NAME`), else the
/// other's, as gophercloud has it, else keystone's own default.
fn domain(facts: &Facts<'_>, of: &str, other: &str) -> Value {
    let given = |of: &str| {
        let named = |kind: &str| {
            let value = facts.auth(&format!("{of}domain_{kind}"))?;
            Some(json!({ kind: value }))
        };
        named("id").or_else(|| named("name"))
    };
    let found = [of, "default_", "", other].into_iter().find_map(given);
    found.unwrap_or_else(|| json!({"id": "default"}))
}

/// Refuses a scope without a project, in which there are no servers.
fn check_scope(facts: &Facts<'_>) -> Result<()> {
    match facts.auth("system_scope") {
        Some(_) => Err(Error::config(
            "`system_scope` is set: a token for the whole cloud has no project",
        )
        .hint(
            "name a project in its place: project_name and project_domain_name, or OS_PROJECT_NAME",
        )),
        None => Ok(()),
    }
}

/// None: keystone uses the user's default project. A trust is for one project.
fn scope(facts: &Facts<'_>) -> Option<Value> {
    if let Some(id) = facts.auth("trust_id") {
        return Some(json!({"OS-TRUST:trust": {"id": id}}));
    }
    let id = facts.auth("project_id").or_else(|| facts.auth("tenant_id"));
    if let Some(id) = id {
        return Some(json!({"project": {"id": id}}));
    }
    let name = facts.auth("project_name").or_else(|| facts.auth("tenant_name"));
    name.map(
        |name| json!({"project": {"name": name, "domain": domain(facts, "project_", "user_")}}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Credentials> {
        let variables = |name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        find(None, None, Path::new("/nowhere"), &variables)
    }

    #[test]
    fn a_password_is_sent_with_its_domains() {
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
    fn a_domain_that_is_not_given_is_the_one_for_both_or_the_others() {
        let domains = |pairs: &[(&str, &str)]| {
            let login = [
                ("OS_AUTH_URL", "http://k"),
                ("OS_USERNAME", "me"),
                ("OS_PASSWORD", "pw"),
                ("OS_PROJECT_NAME", "ci"),
            ];
            let request = from(&[&login[..], pairs].concat()).unwrap().request;
            let user = request["identity"]["password"]["user"]["domain"].clone();
            (user, request["scope"]["project"]["domain"].clone())
        };
        let both = |domain: Value| (domain.clone(), domain);
        assert_eq!(domains(&[("OS_USER_DOMAIN_NAME", "A")]), both(json!({"name": "A"})));
        assert_eq!(domains(&[("OS_PROJECT_DOMAIN_ID", "1")]), both(json!({"id": "1"})));
        assert_eq!(domains(&[("OS_DOMAIN_NAME", "A")]), both(json!({"name": "A"})));
        assert_eq!(domains(&[("OS_DEFAULT_DOMAIN_ID", "1")]), both(json!({"id": "1"})));
        assert_eq!(domains(&[]), both(json!({"id": "default"})));
        let apart = [("OS_DOMAIN_ID", "1"), ("OS_USER_DOMAIN_NAME", "A")];
        assert_eq!(domains(&apart), (json!({"name": "A"}), json!({"id": "1"})));
    }

    #[test]
    fn an_application_credential_needs_no_project() {
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
    fn a_trust_is_a_scope_and_the_whole_cloud_is_none() {
        let login = [("OS_AUTH_URL", "http://k"), ("OS_USERNAME", "me"), ("OS_PASSWORD", "pw")];
        let with = |pair| from(&[&login[..], &[pair]].concat());
        let scope = with(("OS_TRUST_ID", "t1")).unwrap().request["scope"].clone();
        assert_eq!(scope, json!({"OS-TRUST:trust": {"id": "t1"}}));
        let error = with(("OS_SYSTEM_SCOPE", "all")).err().unwrap();
        assert!(error.hint_text().unwrap().contains("OS_PROJECT_NAME"), "{error}");
        let error = with(("OS_AUTH_TYPE", "rackspace_apikey")).err().unwrap();
        assert!(error.hint_text().unwrap().contains("cloud:rackspace"), "{error}");
    }

    #[test]
    fn the_error_names_what_is_missing() {
        let error = from(&[("OS_AUTH_URL", "http://k"), ("OS_USERNAME", "me")]).err().unwrap();
        assert!(error.to_string().contains("lack `password`"), "{error}");
        let error = from(&[]).err().unwrap();
        assert!(error.hint_text().unwrap().contains("OS_CLOUD"));
        let error = from(&[("OS_AUTH_URL", "http://k"), ("OS_AUTH_TYPE", "v3oidcpassword")]);
        assert!(error.err().unwrap().hint_text().unwrap().contains("application credential"));
    }
}
