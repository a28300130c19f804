//! Security groups: which connections a server accepts.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::list::{list, or_default};
use crate::cloud::ResourceKind;
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client, Made, NotMade, decode};
use crate::cloud::openstack::fault::{fault, is_over_quota};
use crate::cloud::openstack::tags::RunTags;
use crate::report::Watch;
use crate::{Code, Error, Result};

#[derive(Debug, Clone, Deserialize)]
pub struct SecurityGroup {
    pub id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    #[serde(default, deserialize_with = "or_default")]
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
    // An administrator would see those of all projects.
    let project = client.session(watch).await?.project.clone();
    list(client, "security_groups", &format!("?tenant_id={project}"), watch).await
}

/// The ids of the groups with these ids or names.
///
/// # Errors
/// `Config` if one does not exist.
pub async fn choose(client: &Client, wanted: &[String], watch: &Watch) -> Result<Vec<String>> {
    let groups = all(client, watch).await?;
    let one = |wanted: &String| {
        let found = groups.iter().find(|group| group.id == *wanted);
        let found = found.or_else(|| groups.iter().find(|group| group.name == *wanted));
        found.map(|group| group.id.clone()).ok_or_else(|| {
            let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
            Error::config(format!("there is no security group `{wanted}`"))
                .hint(format!("choose one of: {}", names.join(", ")))
        })
    };
    wanted.iter().map(one).collect()
}

/// Creates a group that allows no incoming connections yet.
pub async fn create(client: &Client, name: &str, tags: &RunTags, watch: &Watch) -> Made<String> {
    let purpose = "create a temporary security group";
    let body = json!({"security_group": {"name": name, "description": tags.description()}});
    let ask = Ask::new(Method::POST, Service::Network, "/security-groups", purpose).body(body);
    let response = client.create(&ask, watch).await?;
    if !response.status.is_success() {
        let error = fault(&response, purpose);
        // A policy, or a neutron without them.
        let has_none = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&response.status);
        return Err(match has_none {
            true => error.with_code(Code::Refused).hint(
                "set `security_groups` to groups that allow SSH, or `ssh_from: none` to make none",
            ),
            false => error,
        }
        .into());
    }
    let created = decode::<One>(&response, purpose).map_err(NotMade::unreadable)?;
    Ok(created.security_group.id)
}

/// Allows SSH from a range; a rule that exists already is fine.
pub async fn allow_ssh(client: &Client, group: &str, from: &str, watch: &Watch) -> Result<()> {
    let purpose = format!("allow SSH from {from}");
    let version = if from.contains(':') { "IPv6" } else { "IPv4" };
    let body = json!({"security_group_rule": {
        "security_group_id": group, "direction": "ingress", "ethertype": version,
        "protocol": "tcp", "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": from,
    }});
    let mut ask = Ask::new(Method::POST, Service::Network, "/security-group-rules", &purpose);
    ask.body = Some(body);
    // A second rule of the same kind is refused.
    ask.repeatable = true;
    let response = client.send(&ask, watch).await?;
    match response.status.as_u16() {
        409 if !is_over_quota(&response) => Ok(()),
        status if (200..300).contains(&status) => Ok(()),
        _ => Err(fault(&response, &purpose)),
    }
}

/// A range of addresses in neutron's form; a single address is a range of one.
///
/// # Errors
/// `Config` if it is not a range.
pub fn checked(range: &str) -> Result<String> {
    let parsed = range.parse::<IpNet>().or_else(|_| range.parse::<IpAddr>().map(IpNet::from));
    parsed.map(|range| range.trunc().to_string()).map_err(|_| {
        Error::config(format!("ssh_from: `{range}` is not a range of addresses"))
            .hint("use auto, none, or a range such as 203.0.113.0/24")
    })
}

/// The group with this id, if it exists.
pub async fn get(client: &Client, id: &str, watch: &Watch) -> Result<Option<SecurityGroup>> {
    let path = format!("/security-groups/{id}");
    let ask = Ask::new(Method::GET, Service::Network, &path, "show a security group");
    let found: Option<One> = client.find(&ask, watch).await?;
    Ok(found.map(|one| one.security_group))
}

/// Deletes a group; false if it no longer existed.
///
/// # Errors
/// `Busy` while a port uses it.
pub async fn delete(client: &Client, id: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/security-groups/{id}");
    client.delete(Service::Network, &path, (ResourceKind::SecurityGroup, id), watch).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_address_is_a_range_of_one() {
        assert_eq!(checked("198.51.100.9").unwrap(), "198.51.100.9/32");
        assert_eq!(checked("10.1.2.3/8").unwrap(), "10.0.0.0/8");
        for wrong in ["everybody", "10.0.0.0/33", "10.0.0/8", "10.0.0.1/"] {
            assert!(checked(wrong).is_err(), "{wrong}");
        }
    }
}
