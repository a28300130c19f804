//! The compute service: servers, flavors, key pairs.

pub mod addresses;
pub mod flavors;
pub mod key_pairs;
pub mod servers;
mod version;
mod zones;

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use self::version::Version;
use super::catalogue::Service;
use super::client::{Ask, Client};
use super::fault::fault;
use crate::report::Watch;
use crate::{Code, Result};

/// The service, at the microversion both sides know.
pub struct Compute {
    /// False: the service is older than microversions and is not asked for one.
    has_versions: bool,
    version: OnceCell<Option<Version>>,
}

/// More than any project has of a thing on one page.
const PAGE: usize = 500;

impl Compute {
    #[must_use]
    pub fn new(has_versions: bool) -> Compute {
        Compute { has_versions, version: OnceCell::new() }
    }

    /// The microversion in use; none where the service knows none.
    async fn version(&self, client: &Client, watch: &Watch) -> Result<Option<Version>> {
        if !self.has_versions {
            return Ok(None);
        }
        self.version.get_or_try_init(|| version::negotiate(client, watch)).await.copied()
    }

    async fn ask<'a>(
        &self,
        client: &Client,
        method: Method,
        path: &'a str,
        purpose: &'a str,
        watch: &Watch,
    ) -> Result<Ask<'a>> {
        let mut ask = Ask::new(method, Service::Compute, path, purpose);
        if let Some(version) = self.version(client, watch).await? {
            ask.headers.push(("openstack-api-version", format!("compute {version}")));
            // What servers before 2.27 read.
            ask.headers.push(("x-openstack-nova-api-version", version.to_string()));
        }
        Ok(ask)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        client: &Client,
        path: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<T> {
        client.read(&self.ask(client, Method::GET, path, purpose, watch).await?, watch).await
    }

    /// As [`Compute::get`]; none when there is no such thing.
    async fn find<T: DeserializeOwned>(
        &self,
        client: &Client,
        path: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<Option<T>> {
        client.find(&self.ask(client, Method::GET, path, purpose, watch).await?, watch).await
    }

    /// One of a server's actions, with the headers and the body (null for none) of the reply.
    async fn action(
        &self,
        client: &Client,
        server: &str,
        body: Value,
        purpose: &str,
        watch: &Watch,
    ) -> Result<(HeaderMap, Value)> {
        let path = format!("/servers/{server}/action");
        let ask = self.ask(client, Method::POST, &path, purpose, watch).await?.body(body);
        let response = client.send(&ask, watch).await?;
        if !response.status.is_success() {
            return Err(fault(&response, purpose));
        }
        Ok((response.headers.clone(), response.json()))
    }

    /// The last lines of a server's console; empty while it has none.
    pub async fn console(&self, client: &Client, server: &str, watch: &Watch) -> Result<String> {
        let path = format!("/servers/{server}/action");
        let purpose = "read the console";
        let body = json!({"os-getConsoleOutput": {"length": 500}});
        let mut ask = self.ask(client, Method::POST, &path, purpose, watch).await?.body(body);
        ask.repeatable = true;
        let response = client.send(&ask, watch).await?;
        match response.status {
            // The server has not come so far, or is stopped.
            StatusCode::CONFLICT => Ok(String::new()),
            // So nova says of a console that is not there yet, and of a server that is no more.
            StatusCode::NOT_FOUND if self.server(client, server, watch).await?.is_some() => {
                Ok(String::new())
            }
            // Nova's driver has none.
            StatusCode::NOT_IMPLEMENTED => Err(fault(&response, purpose)
                .with_code(Code::Capability)
                .hint("this cloud shows no consoles: set ssh.host_key to handed_in or first_use")),
            status if status.is_success() => {
                Ok(response.json()["output"].as_str().unwrap_or_default().to_owned())
            }
            _ => Err(fault(&response, purpose)),
        }
    }
}

/// Whether there is no next page.
pub fn is_last(links: Option<&Value>) -> bool {
    let links = links.and_then(Value::as_array);
    !links.into_iter().flatten().any(|link| link["rel"] == "next")
}
