//! Requests to nova, at the microversion that both sides know.

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::version::{self, Version};
use crate::Result;
use crate::cloud::ResourceKind;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client};
use crate::cloud::openstack::fault::fault_of;
use crate::report::Watch;

pub struct Compute {
    /// False: the service is older than microversions and is not asked for one.
    has_versions: bool,
    version: OnceCell<Option<Version>>,
}

impl Compute {
    #[must_use]
    pub fn new(has_versions: bool) -> Compute {
        Compute { has_versions, version: OnceCell::new() }
    }

    /// The microversion in use; none where the service knows none.
    pub(super) async fn version(&self, client: &Client, watch: &Watch) -> Result<Option<Version>> {
        if !self.has_versions {
            return Ok(None);
        }
        self.version.get_or_try_init(|| version::negotiate(client, watch)).await.copied()
    }

    pub(super) async fn ask<'a>(
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
            // The header for services older than 2.27.
            ask.headers.push(("x-openstack-nova-api-version", version.to_string()));
        }
        Ok(ask)
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        client: &Client,
        path: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<T> {
        client.read(&self.ask(client, Method::GET, path, purpose, watch).await?, watch).await
    }

    /// As [`Compute::get`]; none if it does not exist.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        client: &Client,
        path: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<Option<T>> {
        client.find(&self.ask(client, Method::GET, path, purpose, watch).await?, watch).await
    }

    /// One of a server's actions that needs no reply.
    ///
    /// # Errors
    /// `Busy` while nova has other work with the server.
    pub(super) async fn action(
        &self,
        client: &Client,
        server: &str,
        body: Value,
        purpose: &str,
        watch: &Watch,
    ) -> Result<()> {
        let path = format!("/servers/{server}/action");
        let ask = self.ask(client, Method::POST, &path, purpose, watch).await?.body(body);
        let response = client.send(&ask, watch).await?;
        if !response.status.is_success() {
            return Err(fault_of(ResourceKind::Instance, server, &response, purpose));
        }
        Ok(())
    }
}
