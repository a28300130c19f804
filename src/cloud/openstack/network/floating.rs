//! Floating addresses.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::{list, or_default};
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client};
use crate::cloud::openstack::mark::Mark;
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

/// The ports of a server that an IPv4 address can be attached to, in the order of its networks.
pub async fn ports_of(
    client: &Client,
    server: &str,
    networks: &[String],
    watch: &Watch,
) -> Result<Vec<String>> {
    let mut ports: Vec<Port> =
        list(client, "ports", &format!("?device_id={server}"), watch).await?;
    ports.retain(|port| port.fixed_ips.iter().any(|fixed| fixed.ip_address.contains('.')));
    // Neutron has an order of its own. One more than once in a network stays as it is.
    let place = |port: &Port| networks.iter().position(|network| *network == port.network_id);
    ports.sort_by_key(|port| place(port).unwrap_or(usize::MAX));
    if ports.is_empty() {
        return Err(Error::failed(format!(
            "server {server} has no IPv4 address that a floating one could stand for"
        ))
        .hint("set `networks` to one with IPv4, or `floating_ip: false`"));
    }
    Ok(ports.into_iter().map(|port| port.id).collect())
}

/// An address at one port of several: neutron takes those only whose subnet has a router to the
/// external network. `attach` is asked with one after the other.
pub async fn at_first_routed<T, F: Future<Output = Result<T>>>(
    ports: &[String],
    mut attach: impl FnMut(String) -> F,
) -> Result<T> {
    let mut refused = None;
    for port in ports {
        match attach(port.clone()).await {
            Err(error) if error.code() == Code::NotFound && has_no_route(&error) => {
                refused = Some(error);
            }
            other => return other,
        }
    }
    let error = refused.unwrap_or_else(|| Error::failed("the server has no port"));
    Err(error.with_code(Code::Refused).hint(
        "a router must join a network of the server and the external one: set `networks` or \
         `floating_network`, or add the router",
    ))
}

/// `ExternalGatewayForFloatingIPNotFound`
fn has_no_route(error: &Error) -> bool {
    error.causes().iter().any(|cause| cause.contains("is not reachable from subnet"))
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
