//! Key pairs: named public keys.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::nova::Compute;
use crate::cloud::ResourceKind;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::Client;
use crate::cloud::openstack::fault::fault;
use crate::cloud::openstack::pages::{PAGE, is_last};
use crate::cloud::pages::Pages;
use crate::report::Watch;
use crate::{Error, Result};

#[derive(Debug, Clone, Deserialize)]
pub struct KeyPair {
    pub name: String,
    #[serde(default)]
    pub public_key: String,
    #[serde(default)]
    pub fingerprint: String,
}

/// What became of a public key.
pub enum Uploaded {
    Done,
    /// Another key pair has that name.
    NameTaken,
    /// Nova does not take this key.
    Refused(Error),
}

#[derive(Deserialize)]
struct Page {
    keypairs: Vec<Wrapped>,
    keypairs_links: Option<Value>,
}

#[derive(Deserialize)]
struct Wrapped {
    keypair: KeyPair,
}

impl Compute {
    /// All key pairs of the user.
    pub async fn key_pairs(&self, client: &Client, watch: &Watch) -> Result<Vec<KeyPair>> {
        let mut found: Vec<KeyPair> = Vec::new();
        let mut seen = Pages::of("list key pairs");
        loop {
            let path = match found.last() {
                None => "/os-keypairs".to_owned(),
                Some(last) => format!("/os-keypairs?limit={PAGE}&marker={}", last.name),
            };
            let page: Page = self.get(client, &path, "list key pairs", watch).await?;
            let last = page.keypairs.is_empty() || is_last(page.keypairs_links.as_ref());
            found.extend(page.keypairs.into_iter().map(|wrapped| wrapped.keypair));
            if last {
                return Ok(found);
            }
            seen.next(found.last().map(|last| last.name.as_str()))?;
        }
    }

    /// When a key pair was created, where the service reports it.
    pub async fn key_pair_created(
        &self,
        client: &Client,
        name: &str,
        watch: &Watch,
    ) -> Option<String> {
        let path = format!("/os-keypairs/{name}");
        let found: Value = self.get(client, &path, "show a key pair", watch).await.ok()?;
        found["keypair"]["created_at"].as_str().map(str::to_owned)
    }

    /// Uploads a public key.
    pub async fn upload_key_pair(
        &self,
        client: &Client,
        name: &str,
        public_key: &str,
        watch: &Watch,
    ) -> Result<Uploaded> {
        let purpose = format!("upload the public key as key pair {name}");
        let body = json!({"keypair": {"name": name, "public_key": public_key}});
        let mut ask =
            self.ask(client, Method::POST, "/os-keypairs", &purpose, watch).await?.body(body);
        // A second one of the same name is refused, and its key is compared then.
        ask.repeatable = true;
        let response = client.send(&ask, watch).await?;
        match response.status.as_u16() {
            409 => Ok(Uploaded::NameTaken),
            // Novas before 2015 know no ed25519 keys:
            // <https://bugs.launchpad.net/nova/+bug/1555521>
            400 => Ok(Uploaded::Refused(fault(&response, &purpose))),
            status if (200..300).contains(&status) => Ok(Uploaded::Done),
            _ => Err(fault(&response, &purpose)),
        }
    }

    /// Deletes a key pair; false if it no longer existed.
    pub async fn delete_key_pair(
        &self,
        client: &Client,
        name: &str,
        watch: &Watch,
    ) -> Result<bool> {
        let path = format!("/os-keypairs/{name}");
        client.delete(Service::Compute, &path, (ResourceKind::KeyPair, name), watch).await
    }
}
