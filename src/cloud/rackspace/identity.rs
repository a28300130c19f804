//! Rackspace's identity service, version 2.0.

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::Sought;
use crate::cloud::http::{Http, Request, Response};
use crate::cloud::openstack::{Catalogue, Entry, Identity, Life, Session, refused};
use crate::config::openstack::Interface;
use crate::report::Watch;
use crate::{Code, Error, Result};

/// The variables that credentials are read from.
pub const READ: [&str; 6] = [
    "OS_USERNAME",
    "OS_PASSWORD",
    "RACKSPACE_API_KEY",
    "OS_AUTH_URL",
    "OS_TENANT_NAME",
    "OS_REGION_NAME",
];

const AUTH_URL: &str = "https://identity.api.rackspacecloud.com/v2.0";

/// Where secrets may be in the request for a token.
const SECRETS: [&str; 2] = ["/passwordCredentials/password", "/RAX-KSKEY:apiKeyCredentials/apiKey"];

pub struct RackspaceIdentity {
    url: String,
    /// The values of `auth` to try, in this order. Holds secrets.
    requests: Vec<Value>,
}

impl RackspaceIdentity {
    /// Reads the environment through `variables`, which leaves out empty ones.
    ///
    /// # Errors
    /// `Authentication` if a variable is missing, `Config` if one is not valid.
    pub fn from(variables: &dyn Fn(&str) -> Option<String>) -> Result<RackspaceIdentity> {
        let needed = |name: &str| {
            variables(name).ok_or_else(|| {
                Error::new(Code::Authentication, format!("{name} is not set")).hint(
                    "set OS_USERNAME, OS_PASSWORD (or RACKSPACE_API_KEY), and OS_REGION_NAME (or pass \
                     `region:NAME`)",
                )
            })
        };
        let username = needed("OS_USERNAME")?;
        let by_key = |key: &str| json!({"RAX-KSKEY:apiKeyCredentials": {"username": username, "apiKey": key}});
        let mut requests = Vec::new();
        match variables("RACKSPACE_API_KEY") {
            Some(key) => requests.push(by_key(&key)),
            None => {
                let password = needed("OS_PASSWORD")?;
                // Older tools expect the API key in this variable. What looks like one is tried as one first: a
                // failed login with a password counts against the account.
                if password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    requests.push(by_key(&password));
                }
                requests.push(
                    json!({"passwordCredentials": {"username": username, "password": password}}),
                );
            }
        }
        if let Some(tenant) = variables("OS_TENANT_NAME").or_else(|| variables("OS_PROJECT_NAME")) {
            for request in &mut requests {
                request["tenantName"] = tenant.clone().into();
            }
        }
        let url = variables("OS_AUTH_URL").unwrap_or_else(|| AUTH_URL.to_owned());
        let url = url.trim_end_matches('/').to_owned();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(Error::config(format!("OS_AUTH_URL is `{url}`, which is not a URL"))
                .hint(format!("unset it, or set it to {AUTH_URL}/, the default")));
        }
        if url.ends_with("/v3") {
            return Err(Error::config(format!("{url} is keystone's version 3")).hint(
                "set an OS_AUTH_URL that ends with /v2.0/, or use `cloud:openstack` for another cloud",
            ));
        }
        Ok(RackspaceIdentity { url, requests })
    }

    /// Where [`RackspaceIdentity::from`] takes credentials from.
    pub fn sought(variables: &dyn Fn(&str) -> Option<String>) -> Sought {
        match RackspaceIdentity::from(variables) {
            Err(error) => Sought::Missing(error.message().to_owned()),
            Ok(_) if variables("RACKSPACE_API_KEY").is_some() => {
                Sought::Found("OS_USERNAME and RACKSPACE_API_KEY".to_owned())
            }
            Ok(_) => Sought::Found("OS_USERNAME and OS_PASSWORD".to_owned()),
        }
    }

    async fn login(&self, auth: &Value, http: &Http, watch: &Watch) -> Result<Response> {
        let url = format!("{}/tokens", self.url);
        let mut request = Request::new(Method::POST, url, "log in to Rackspace");
        request.body = Some(json!({"auth": auth}));
        let secrets = SECRETS.iter().filter_map(|at| auth.pointer(at)?.as_str());
        request.secrets = secrets.map(str::to_owned).collect();
        request.repeatable = true;
        http.send(&request, watch).await
    }
}

#[derive(Deserialize)]
struct Reply {
    access: Access,
}

#[derive(Deserialize)]
struct Access {
    token: Token,
    #[serde(rename = "serviceCatalog", default)]
    catalogue: Vec<Service>,
    #[serde(default)]
    user: Value,
}

#[derive(Deserialize)]
struct Token {
    id: String,
    #[serde(default)]
    issued_at: Option<Timestamp>,
    expires: Option<Timestamp>,
    tenant: Tenant,
}

#[derive(Deserialize)]
struct Tenant {
    id: String,
}

#[derive(Deserialize)]
struct Service {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(default)]
    region: Option<String>,
    #[serde(rename = "publicURL", default)]
    public: Option<String>,
    #[serde(rename = "internalURL", default)]
    internal: Option<String>,
    #[serde(rename = "adminURL", default)]
    admin: Option<String>,
}

impl Service {
    fn entries(self) -> Vec<Entry> {
        let Service { kind, name, endpoints } = self;
        let mut entries = Vec::new();
        for Endpoint { region, public, internal, admin } in endpoints {
            let urls = [
                (Interface::Public, public),
                (Interface::Internal, internal),
                (Interface::Admin, admin),
            ];
            for (interface, url) in urls {
                let Some(url) = url else { continue };
                let region = region.clone().unwrap_or_default();
                entries.push(Entry {
                    kind: kind.clone(),
                    name: name.clone(),
                    region,
                    interface,
                    url,
                });
            }
        }
        entries
    }
}

#[async_trait]
impl Identity for RackspaceIdentity {
    async fn authenticate(&self, http: &Http, watch: &Watch) -> Result<Session> {
        let mut last = None;
        for auth in &self.requests {
            let response = self.login(auth, http, watch).await?;
            let status = response.status;
            last = Some(response);
            if status != StatusCode::UNAUTHORIZED {
                break;
            }
        }
        let response =
            last.ok_or_else(|| Error::new(Code::Authentication, "there are no credentials"))?;
        if !response.status.is_success() {
            let error = refused(&response, &self.url, false);
            return Err(match wants_second_factor(&response) {
                true => error.hint(
                    "set RACKSPACE_API_KEY in place of OS_PASSWORD: the account wants a second factor with a \
                     password",
                ),
                false => error,
            });
        }
        let reply: Reply = serde_json::from_slice(&response.body).map_err(|error| {
            Error::failed(format!("{} does not answer like Rackspace's identity service", self.url))
                .cause(error)
                .hint("check OS_AUTH_URL")
        })?;
        let Access { token, catalogue, user } = reply.access;
        Ok(Session {
            token: token.id,
            life: Life::new(token.issued_at, token.expires, &response.headers),
            catalogue: Catalogue(catalogue.into_iter().flat_map(Service::entries).collect()),
            project: token.tenant.id,
            home: user["RAX-AUTH:defaultRegion"]
                .as_str()
                .filter(|home| !home.is_empty())
                .map(str::to_owned),
            roles: names(&user["roles"]),
        })
    }
}

/// Whether the service asks for a passcode besides the password:
/// <https://docs.rackspace.com/docs/authenticate-with-multi-factor-authentication>
fn wants_second_factor(response: &Response) -> bool {
    let asked = response.headers.get(WWW_AUTHENTICATE).and_then(|header| header.to_str().ok());
    asked.is_some_and(|header| header.trim_start().to_ascii_uppercase().starts_with("OS-MF"))
}

fn names(roles: &Value) -> Vec<String> {
    let roles = roles.as_array().into_iter().flatten();
    roles.filter_map(|role| role["name"].as_str()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<RackspaceIdentity> {
        RackspaceIdentity::from(&|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_password_that_looks_like_an_api_key_is_tried_as_one_too() {
        let key = "0123456789abcdef0123456789abcdef";
        assert_eq!(
            from(&[("OS_USERNAME", "me"), ("OS_PASSWORD", "pw")]).unwrap().requests.len(),
            1
        );
        let either = from(&[("OS_USERNAME", "me"), ("OS_PASSWORD", key)]).unwrap().requests;
        assert_eq!(either[0]["RAX-KSKEY:apiKeyCredentials"]["apiKey"], key);
        assert_eq!(either[1]["passwordCredentials"]["password"], key);
        let both =
            from(&[("OS_USERNAME", "me"), ("RACKSPACE_API_KEY", key), ("OS_TENANT_NAME", "7")])
                .unwrap();
        assert_eq!(both.requests[0]["RAX-KSKEY:apiKeyCredentials"]["apiKey"], key);
        assert_eq!(both.requests[0]["tenantName"], "7");
    }

    #[test]
    fn the_error_names_what_is_missing() {
        assert!(from(&[]).err().unwrap().to_string().contains("OS_USERNAME"));
        assert!(from(&[("OS_USERNAME", "me")]).err().unwrap().to_string().contains("OS_PASSWORD"));
    }

    #[test]
    fn the_url_is_checked_before_it_is_used() {
        let url = |url| {
            let pairs = [("OS_USERNAME", "me"), ("OS_PASSWORD", "pw"), ("OS_AUTH_URL", url)];
            from(&pairs).map(|identity| identity.url)
        };
        assert_eq!(url("https://cloud.example/v2.0/").unwrap(), "https://cloud.example/v2.0");
        assert!(url("cloud.example/v2.0").err().unwrap().to_string().contains("not a URL"));
        assert!(url("https://cloud.example/v3").err().unwrap().to_string().contains("version 3"));
    }
}
