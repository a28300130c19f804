//! Security groups: who may send what to a server.

use std::net::IpAddr;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::list;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client};
use crate::cloud::openstack::fault::fault;
use crate::cloud::openstack::mark::Mark;
use crate::report::Watch;
use crate::{Error, Result};

#[derive(Debug, Clone, Deserialize)]
pub struct SecurityGroup {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub created_at: Option<String>,
}

#[derive(Deserialize)]
struct One {
    security_group: SecurityGroup,
}

/// All groups of the project.
pub async fn all(client: &Client, watch: &Watch) -> Result<Vec<SecurityGroup>> {
    // An administrator would see everybody's.
    let project = client.session(watch).await?.project.clone();
    list(client, "security_groups", &format!("?tenant_id={project}"), watch).await
}

/// The ids of the groups with these ids or names.
pub async fn choose(client: &Client, wanted: &[String], watch: &Watch) -> Result<Vec<String>> {
    let groups = all(client, watch).await?;
    let one = |wanted: &String| {
        let found = groups.iter().find(|group| group.id == *wanted);
        let found = found.or_else(|| groups.iter().find(|group| group.name == *wanted));
        found.map(|group| group.id.clone()).ok_or_else(|| {
            let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
            Error::config(format!("there is no security group `{wanted}`"))
                .hint(format!("there are: {}", names.join(", ")))
        })
    };
    wanted.iter().map(one).collect()
}

/// Makes a group that lets nothing in yet.
pub async fn create(client: &Client, name: &str, mark: &Mark, watch: &Watch) -> Result<String> {
    let purpose = "make a temporary security group";
    let body = json!({"security_group": {"name": name, "description": mark.words()}});
    let ask = Ask::new(Method::POST, Service::Network, "/security-groups", purpose).body(body);
    let made: One = client.read(&ask, watch).await?;
    Ok(made.security_group.id)
}

/// Lets SSH in from a CIDR; fine if it was so.
pub async fn allow_ssh(client: &Client, group: &str, from: &str, watch: &Watch) -> Result<()> {
    let purpose = format!("let SSH in from {from}");
    let version = if is_v6(from) { "IPv6" } else { "IPv4" };
    let body = json!({"security_group_rule": {
        "security_group_id": group, "direction": "ingress", "ethertype": version,
        "protocol": "tcp", "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": from,
    }});
    let mut ask = Ask::new(Method::POST, Service::Network, "/security-group-rules", &purpose);
    ask.body = Some(body);
    // A second one is refused.
    ask.repeatable = true;
    let response = client.send(&ask, watch).await?;
    match response.status.as_u16() {
        409 if !is_quota(&response) => Ok(()),
        status if (200..300).contains(&status) => Ok(()),
        _ => Err(fault(&response, &purpose)),
    }
}

/// Neutron says 409 when a quota is used up.
pub fn is_quota(response: &crate::cloud::http::Response) -> bool {
    response.json()["NeutronError"]["type"] == "OverQuota"
}

fn is_v6(cidr: &str) -> bool {
    let address = cidr.split('/').next().unwrap_or_default();
    address.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6())
}

/// A CIDR, with the cure if it is none.
pub fn check_cidr(text: &str) -> Result<()> {
    let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
    let address = address.parse::<IpAddr>();
    let most = address.as_ref().map_or(0, |address| if address.is_ipv4() { 32 } else { 128 });
    if address.is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= most) {
        return Ok(());
    }
    Err(Error::config(format!("ssh_from: `{text}` is no CIDR"))
        .hint("write 192.0.2.7/32, `auto` or `none`"))
}

pub async fn delete(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/security-groups/{id}");
    client.delete(Service::Network, &path, "delete a security group", watch).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cidr_is_one() {
        assert!(check_cidr("0.0.0.0/0").is_ok() && check_cidr("2001:db8::/32").is_ok());
        for wrong in ["everybody", "10.0.0.0/33", "10.0.0/8", "10.0.0.1/"] {
            assert!(check_cidr(wrong).is_err(), "{wrong}");
        }
    }
}
