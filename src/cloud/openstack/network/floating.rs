//! Floating addresses.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::list::{list, or_default};
use crate::cloud::ResourceKind;
use crate::cloud::http::Response;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client, Made, NotMade, decode};
use crate::cloud::openstack::fault::{fault, neutron_type};
use crate::cloud::openstack::tags::RunTags;
use crate::report::Watch;
use crate::{Code, Error, Result};

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
    network_id: String,
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

/// The ports of a server that an IPv4 address can be attached to, in the order of `networks`.
pub async fn ports_of(
    client: &Client,
    server: &str,
    networks: &[String],
    watch: &Watch,
) -> Result<Vec<String>> {
    let mut ports: Vec<Port> =
        list(client, "ports", &format!("?device_id={server}"), watch).await?;
    ports.retain(|port| port.fixed_ips.iter().any(|fixed| fixed.ip_address.contains('.')));
    // Neutron lists them in an order of its own, which is kept within a network.
    let place = |port: &Port| networks.iter().position(|network| *network == port.network_id);
    ports.sort_by_key(|port| place(port).unwrap_or(usize::MAX));
    if ports.is_empty() {
        return Err(Error::failed(format!(
            "server {server} has no IPv4 address to attach a floating address to"
        ))
        .hint("set `networks` to a network with IPv4, or `floating_ip: false`"));
    }
    Ok(ports.into_iter().map(|port| port.id).collect())
}

/// The answer to a request to attach an address to a port.
pub enum Attached<T> {
    Done(T),
    /// No router joins the port's subnet with the external network.
    NoRoute(Error),
}

/// Attaches an address to the first of several ports that can have it: neutron accepts those only
/// whose subnet has a router to the external network. `attach` is called for one after the other.
pub async fn at_first_routed<T, F: Future<Output = Result<Attached<T>>>>(
    ports: &[String],
    mut attach: impl FnMut(String) -> F,
) -> Result<Attached<T>> {
    let mut refused = None;
    for port in ports {
        match attach(port.clone()).await? {
            Attached::Done(done) => return Ok(Attached::Done(done)),
            Attached::NoRoute(error) => refused = Some(error),
        }
    }
    let error = refused.unwrap_or_else(|| Error::failed("the server has no port"));
    Ok(Attached::NoRoute(error.with_code(Code::Refused).hint(
        "add a router between a network of the server and the external network, or set `networks` or \
         `floating_network` to networks that have one",
    )))
}

/// The inner error: the port has no route to the external network. The outer one: another refusal.
fn refused(response: &Response, purpose: &str) -> Result<Error> {
    let error = fault(response, purpose);
    match neutron_type(response).as_deref() {
        Some("ExternalGatewayForFloatingIPNotFound") => Ok(error),
        _ => Err(error),
    }
}

/// Allocates an address of an external network and attaches it to a port.
pub async fn allocate(
    client: &Client,
    network: &str,
    port: &str,
    tags: &RunTags,
    watch: &Watch,
) -> Made<Attached<Floating>> {
    let purpose = "allocate a floating address";
    let body = json!({"floatingip": {
        "floating_network_id": network, "port_id": port, "description": tags.description(),
    }});
    let ask = Ask::new(Method::POST, Service::Network, "/floatingips", purpose).body(body);
    let response = client.create(&ask, watch).await?;
    if !response.status.is_success() {
        return Ok(refused(&response, purpose).map(Attached::NoRoute)?);
    }
    let created = decode::<One>(&response, purpose).map_err(NotMade::unreadable)?;
    Ok(Attached::Done(created.floatingip))
}

pub async fn attach(client: &Client, id: &str, port: &str, watch: &Watch) -> Result<Attached<()>> {
    let path = format!("/floatingips/{id}");
    let body = json!({"floatingip": {"port_id": port}});
    let purpose = "attach a floating address";
    let ask = Ask::new(Method::PUT, Service::Network, &path, purpose).body(body);
    let response = client.send(&ask, watch).await?;
    match response.status.is_success() {
        true => Ok(Attached::Done(())),
        false => refused(&response, purpose).map(Attached::NoRoute),
    }
}

/// The address with this id, if it exists.
pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<Floating>> {
    let path = format!("/floatingips/{id}");
    let ask = Ask::new(Method::GET, Service::Network, &path, "show a floating address");
    let found: Option<One> = client.find(&ask, watch).await?;
    Ok(found.map(|one| one.floatingip))
}

/// Releases an address; false if it no longer existed.
pub async fn release(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/floatingips/{id}");
    client.delete(Service::Network, &path, (ResourceKind::Address, id), watch).await
}
