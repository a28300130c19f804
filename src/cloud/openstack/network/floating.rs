//! Floating addresses.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::{list, or_default};
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client};
use crate::cloud::openstack::mark::Mark;
use crate::report::Watch;
use crate::{Error, Result};

#[derive(Debug, Clone, Deserialize)]
pub struct Floating {
    pub id: String,
    #[serde(rename = "floating_ip_address", default, deserialize_with = "or_default")]
    pub address: String,
    #[serde(default)]
    pub port_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    #[serde(default)]
    pub created_at: Option<String>,
}

#[derive(Deserialize)]
struct One {
    floatingip: Floating,
}

#[derive(Debug, Deserialize)]
struct Port {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    fixed_ips: Vec<FixedAddress>,
}

#[derive(Debug, Deserialize)]
struct FixedAddress {
    #[serde(default, deserialize_with = "or_default")]
    ip_address: String,
}

/// All floating addresses of the project.
pub async fn all(client: &Client, watch: &Watch) -> Result<Vec<Floating>> {
    let project = client.session(watch).await?.project.clone();
    list(client, "floatingips", &format!("?tenant_id={project}"), watch).await
}

/// The port of a server that an IPv4 address can be attached to.
pub async fn port_of(client: &Client, server: &str, watch: &Watch) -> Result<String> {
    let ports: Vec<Port> = list(client, "ports", &format!("?device_id={server}"), watch).await?;
    let has_v4 = |port: &&Port| port.fixed_ips.iter().any(|fixed| fixed.ip_address.contains('.'));
    ports.iter().find(has_v4).map(|port| port.id.clone()).ok_or_else(|| {
        Error::failed(format!(
            "server {server} has no IPv4 address that a floating one could stand for"
        ))
        .hint("set `networks` to one with IPv4, or `floating_ip: false`")
    })
}

/// Takes an address out of an external network and attaches it to a port.
pub async fn allocate(
    client: &Client,
    network: &str,
    port: &str,
    mark: &Mark,
    watch: &Watch,
) -> Result<Floating> {
    let body = json!({"floatingip": {
        "floating_network_id": network, "port_id": port, "description": mark.words(),
    }});
    let ask =
        Ask::new(Method::POST, Service::Network, "/floatingips", "allocate a floating address");
    let made: One = client.read(&ask.body(body), watch).await?;
    Ok(made.floatingip)
}

pub async fn attach(client: &Client, id: &str, port: &str, watch: &Watch) -> Result<()> {
    let path = format!("/floatingips/{id}");
    let body = json!({"floatingip": {"port_id": port}});
    let ask =
        Ask::new(Method::PUT, Service::Network, &path, "attach a floating address").body(body);
    client.ask(&ask, watch).await.map(drop)
}

/// Gives it back; false when it was gone already.
pub async fn release(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/floatingips/{id}");
    client.delete(Service::Network, &path, "release a floating address", watch).await
}
