//! Keystone, version 3.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::session::{Identity, Life, Session};
use crate::cloud::http::{Http, Request, Response};
use crate::cloud::openstack::catalogue::{Catalogue, V3Service, version_end};
use crate::cloud::openstack::fault;
use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

pub struct Keystone {
    url: String,
    request: Value,
    /// A message to show before the first login.
    notice: Mutex<Option<String>>,
}

impl Keystone {
    /// `request` is `identity` and `scope`; `notice` is shown before the first login.
    ///
    /// # Errors
    /// `Config` if the URL names another version.
    pub fn new(auth_url: &str, request: Value, notice: Option<String>) -> Result<Keystone> {
        let url = match version_end(auth_url) {
            None => format!("{auth_url}/v3"),
            Some(end) if auth_url[..end].ends_with("/v3") => auth_url[..end].to_owned(),
            Some(_) => {
                return Err(Error::config(format!("{auth_url} is not keystone's version 3"))
                    .hint("set an auth_url that ends with /v3; `cloud:rackspace` uses v2.0"));
            }
        };
        Ok(Keystone { url, request, notice: Mutex::new(notice) })
    }
}

impl Keystone {
    /// Whether keystone itself is at this address, by what it tells everybody of its version.
    async fn is_keystone(&self, http: &Http, watch: &Watch) -> Result<bool> {
        let mut request = Request::new(Method::GET, &self.url, "ask keystone for its version");
        request.tries = 1;
        let reply = match http.send(&request, watch).await {
            Err(error) if error.code() == Code::Interrupted => return Err(error),
            Err(_) => return Ok(false),
            Ok(reply) => reply,
        };
        let id = reply.json()["version"]["id"].as_str().map(|id| id.starts_with("v3"));
        Ok(reply.status.is_success() && id == Some(true))
    }
}

#[derive(Deserialize)]
struct Reply {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    #[serde(default)]
    catalog: Vec<V3Service>,
    project: Option<Project>,
    #[serde(default)]
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Project {
    id: String,
}

/// Where secrets may be in the request for a token.
const SECRETS: [&str; 3] = [
    "/identity/password/user/password",
    "/identity/application_credential/secret",
    "/identity/token/id",
];

#[async_trait]
impl Identity for Keystone {
    async fn authenticate(&self, http: &Http, watch: &Watch) -> Result<Session> {
        let notice = self.notice.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(notice) = notice {
            watch.report.log(Level::Info, &notice);
        }
        let url = format!("{}/auth/tokens", self.url);
        let mut request = Request::new(Method::POST, url, "log in to the cloud");
        request.body = Some(json!({"auth": self.request}));
        let secrets = SECRETS.iter().filter_map(|at| self.request.pointer(at)?.as_str());
        request.secrets = secrets.map(str::to_owned).collect();
        request.repeatable = true;
        let response = http.send(&request, watch).await?;
        if !response.status.is_success() {
            // A token or an application credential that does not exist has the same answer as a wrong address.
            let is_unknown =
                response.status == StatusCode::NOT_FOUND && self.is_keystone(http, watch).await?;
            return Err(refused(&response, &self.url, is_unknown));
        }
        let token = response.headers.get("x-subject-token").and_then(|token| token.to_str().ok());
        let reply = serde_json::from_slice::<Reply>(&response.body).ok();
        let (Some(token), Some(reply)) = (token, reply) else {
            return Err(Error::failed(format!("{} does not answer like keystone", self.url))
                .hint("check the auth_url"));
        };
        watch.report.secret(token);
        let project = reply.token.project.ok_or_else(|| {
            Error::config("the token has no project").hint(
                "add project_name (and project_domain_name) to the cloud's entry of clouds.yaml; without \
                 an entry, set OS_PROJECT_NAME (and OS_PROJECT_DOMAIN_NAME)",
            )
        })?;
        Ok(Session {
            token: token.to_owned(),
            life: Life::new(reply.token.issued_at, reply.token.expires_at, &response.headers),
            catalogue: Catalogue::from(reply.token.catalog),
            project: project.id,
            home: None,
            roles: reply.token.roles.into_iter().map(|role| role.name).collect(),
        })
    }
}

/// The error for a login that an identity service refused; `is_unknown` if it does not know the credentials.
pub fn refused(response: &Response, url: &str, is_unknown: bool) -> Error {
    let error = fault::fault(response, "log in to the cloud");
    match response.status {
        status if is_unknown || status == StatusCode::UNAUTHORIZED => Error::new(Code::Authentication, format!("{url} refuses the credentials"))
            .cause(fault::message(response))
            .hint("check the user, its domain, the password and the project; a token or an application credential may have expired"),
        StatusCode::NOT_FOUND => error.hint(format!("check that {url} is the identity service")),
        _ => error,
    }
}
