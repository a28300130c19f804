//! Servers.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::addresses::Addresses;
use super::nova::Compute;
use crate::Result;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Client, Made, NotMade};
use crate::cloud::openstack::fault::{fault, fault_of};
use crate::cloud::openstack::pages::{PAGE, is_last};
use crate::cloud::pages::Pages;
use crate::cloud::{ResourceKind, Tags};
use crate::report::Watch;

#[derive(Debug, Clone, Deserialize)]
pub struct Server {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub metadata: Tags,
    #[serde(default)]
    pub addresses: Addresses,
    /// The address that the cloud says to use; often empty. RackConnect moves a server to another one.
    #[serde(rename = "accessIPv4", default)]
    pub access: Option<String>,
    /// An empty string for a server that boots from a volume.
    #[serde(default)]
    image: Value,
    #[serde(default)]
    pub created: String,
    #[serde(default)]
    fault: Option<Fault>,
    #[serde(default)]
    progress: Option<u64>,
    #[serde(rename = "OS-EXT-STS:task_state", default)]
    pub task: Option<String>,
    #[serde(rename = "OS-EXT-AZ:availability_zone", default)]
    pub zone: Option<String>,
    /// None before microversion 2.9.
    #[serde(default)]
    pub locked: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
}

impl Server {
    /// The image that it was started from; empty if it boots from a volume.
    #[must_use]
    pub fn image(&self) -> &str {
        self.image["id"].as_str().unwrap_or_default()
    }

    /// Nova's message about what went wrong.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_ref().map(|fault| fault.message.trim()).filter(|text| !text.is_empty())
    }

    /// Whether it is deleted or being deleted.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.task.as_deref() == Some("deleting")
            || ["DELETED", "SOFT_DELETED"].contains(&self.status.as_str())
    }

    /// `BUILD, spawning, 30 %`: for a progress line.
    #[must_use]
    pub fn progress(&self) -> String {
        let percent = self.progress.filter(|percent| (1..100).contains(percent));
        let percent = percent.map(|percent| format!("{percent} %"));
        let words = [Some(self.status.clone()), self.task.clone(), percent];
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

#[derive(Deserialize)]
struct One {
    server: Server,
}

#[derive(Deserialize)]
struct Page {
    servers: Vec<Server>,
    servers_links: Option<Value>,
}

impl Compute {
    /// All servers of the project.
    pub async fn servers(&self, client: &Client, watch: &Watch) -> Result<Vec<Server>> {
        let mut found: Vec<Server> = Vec::new();
        let mut seen = Pages::of("list servers");
        loop {
            let after = found.last().map(|last| format!("&marker={}", last.id));
            let path = format!("/servers/detail?limit={PAGE}{}", after.unwrap_or_default());
            let page: Page = self.get(client, &path, "list servers", watch).await?;
            let last = page.servers.is_empty() || is_last(page.servers_links.as_ref());
            found.extend(page.servers);
            if last {
                return Ok(found);
            }
            seen.next(found.last().map(|last| last.id.as_str()))?;
        }
    }

    /// None: nova does not know it.
    pub async fn server(&self, client: &Client, id: &str, watch: &Watch) -> Result<Option<Server>> {
        let path = format!("/servers/{id}");
        let found: Option<One> = self.find(client, &path, "show a server", watch).await?;
        Ok(found.map(|one| one.server))
    }

    /// Asks for a server, and returns its id. `server` is the object of the API; if it names no
    /// networks, the cloud chooses.
    pub async fn create_server(
        &self,
        client: &Client,
        mut server: Value,
        watch: &Watch,
    ) -> Made<String> {
        let version = self.version(client, watch).await?;
        if server.get("networks").is_none() && version.is_some_and(|it| it.must_say_networks()) {
            server["networks"] = "auto".into();
        }
        let purpose = format!("start server {}", server["name"].as_str().unwrap_or_default());
        let ask = self.ask(client, Method::POST, "/servers", &purpose, watch).await?;
        let response = client.create(&ask.body(json!({"server": server})), watch).await?;
        if !response.status.is_success() {
            return Err(fault(&response, &purpose).into());
        }
        let id = response.json()["server"]["id"].as_str().map(str::to_owned);
        id.ok_or_else(|| NotMade::unreadable(fault(&response, &purpose)))
    }

    /// Deletes a server; false if it no longer existed.
    ///
    /// # Errors
    /// `Busy` while nova has other work with the server, or if it is locked.
    pub async fn delete_server(&self, client: &Client, id: &str, watch: &Watch) -> Result<bool> {
        let path = format!("/servers/{id}");
        client.delete(Service::Compute, &path, (ResourceKind::Instance, id), watch).await
    }

    /// Runs an action such as `os-start`.
    pub async fn power(
        &self,
        client: &Client,
        id: &str,
        action: &str,
        watch: &Watch,
    ) -> Result<()> {
        let verb = if action == "os-stop" { "stop" } else { "start" };
        let purpose = format!("{verb} server {id}");
        self.action(client, id, json!({action: null}), &purpose, watch).await
    }

    /// Asks a server's operating system to reboot.
    pub async fn reboot(&self, client: &Client, id: &str, watch: &Watch) -> Result<()> {
        let body = json!({"reboot": {"type": "SOFT"}});
        self.action(client, id, body, &format!("reboot server {id}"), watch).await
    }

    /// Asks for an image of a server; returns its id, if the reply names it.
    pub async fn create_image(
        &self,
        client: &Client,
        id: &str,
        name: &str,
        metadata: &Tags,
        watch: &Watch,
    ) -> Made<Option<String>> {
        let body = json!({"createImage": {"name": name, "metadata": metadata}});
        let purpose = format!("create an image of server {id}");
        let path = format!("/servers/{id}/action");
        let ask = self.ask(client, Method::POST, &path, &purpose, watch).await?.body(body);
        let response = client.create(&ask, watch).await?;
        if !response.status.is_success() {
            return Err(fault_of(ResourceKind::Instance, id, &response, &purpose).into());
        }
        let (headers, body) = (&response.headers, response.json());
        if let Some(image) = body["image_id"].as_str() {
            return Ok(Some(image.to_owned()));
        }
        let location = headers.get("location").and_then(|location| location.to_str().ok());
        Ok(location.and_then(image_of).map(str::to_owned))
    }
}

/// The id at the end of an image's URL; none for another URL.
fn image_of(location: &str) -> Option<&str> {
    let (_, id) = location.trim_end_matches('/').rsplit_once("/images/")?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_image_is_read_from_its_url() {
        assert_eq!(image_of("http://glance:9292/v2/images/0a-1b"), Some("0a-1b"));
        assert_eq!(image_of("http://nova/v2.1/p/images/0a-1b/"), Some("0a-1b"));
        assert_eq!(image_of("www.example.org"), None);
    }
}
