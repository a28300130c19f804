//! The network service: networks, temporary security groups, floating addresses.

pub mod floating;
pub mod own_address;
pub mod security_groups;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::catalogue::Service;
use super::client::{Ask, Client};
use super::compute::is_last;
use crate::error::nearest;
use crate::report::Watch;
use crate::{Error, Result};

#[derive(Debug, Clone, Deserialize)]
pub struct Network {
    pub id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    #[serde(rename = "router:external", default, deserialize_with = "or_default")]
    pub external: bool,
    #[serde(default, deserialize_with = "or_default")]
    shared: bool,
    #[serde(default, deserialize_with = "or_default")]
    tenant_id: String,
}

/// For fields that may be null: what a driver of neutron's or another client left unset. One of them
/// shall not make the whole list unreadable.
fn or_default<'de, D, T>(reader: D) -> std::result::Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(reader).map(Option::unwrap_or_default)
}

/// All things of one kind: `/networks` and its key in the reply. `query` is `?owner=me` or empty. A
/// neutron may be set up to show a few on a page, asked or not.
async fn list<T: DeserializeOwned>(
    client: &Client,
    kind: &str,
    query: &str,
    watch: &Watch,
) -> Result<Vec<T>> {
    let first = format!("/{}{query}", kind.replace('_', "-"));
    let purpose = format!("list {}", kind.replace('_', " "));
    let strange = || Error::failed(format!("cannot {purpose}: the reply is not as the API says"));
    let (mut found, mut path) = (Vec::new(), first.clone());
    loop {
        let reply: Value = client.get(Service::Network, &path, &purpose, watch).await?;
        let things = reply[kind].as_array().ok_or_else(strange)?;
        for thing in things {
            found.push(T::deserialize(thing).map_err(|error| strange().cause(error))?);
        }
        let last = things.last().and_then(|thing| thing["id"].as_str());
        let Some(last) = last.filter(|_| !is_last(reply.get(format!("{kind}_links")))) else {
            return Ok(found);
        };
        let joint = if query.is_empty() { '?' } else { '&' };
        path = format!("{first}{joint}marker={last}");
    }
}

/// Networks, as neutron shows them.
async fn networks(client: &Client, watch: &Watch) -> Result<Vec<Network>> {
    list(client, "networks", "", watch).await
}

fn names<'n>(networks: impl IntoIterator<Item = &'n Network>) -> String {
    let name = |network: &Network| match network.name.as_str() {
        "" => network.id.clone(),
        name => name.to_owned(),
    };
    networks.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The ids of the networks a server shall be in: the wanted ones by id or name, else the only one
/// there is. Empty: the project has none, and nova makes one.
pub async fn choose(client: &Client, wanted: &[String], watch: &Watch) -> Result<Vec<String>> {
    let networks = networks(client, watch).await?;
    if !wanted.is_empty() {
        return wanted.iter().map(|wanted| by_name(&networks, wanted)).collect();
    }
    let project = client.session(watch).await?.project.clone();
    // As nova does it: the project's own, and those shared with all.
    let usable =
        |network: &&Network| network.shared || network.tenant_id == project && !network.external;
    let usable: Vec<&Network> = networks.iter().filter(usable).collect();
    match usable[..] {
        [] if can_be_made(client, &project, watch).await? => Ok(Vec::new()),
        [] => Err(Error::config("the project has no network that a server could be in").hint(
            match names(&networks).as_str() {
                "" => "make one, with a subnet: `openstack network create NAME`".to_owned(),
                others => {
                    format!("make one, with a subnet, or set `networks` to one of: {others}")
                }
            },
        )),
        [only] => Ok(vec![only.id.clone()]),
        _ => Err(Error::config("the project has several networks, and none is set")
            .hint(format!("set `networks: [NAME]`; there are: {}", names(usable)))),
    }
}

/// Whether this neutron would make a network for a server that needs one. Many have the extension,
/// and not what it needs, so this is the same dry run that nova makes.
async fn can_be_made(client: &Client, project: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/auto-allocated-topology/{project}?fields=dry-run");
    let purpose = "ask whether neutron makes a network";
    let ask = Ask::new(Method::GET, Service::Network, &path, purpose);
    Ok(client.send(&ask, watch).await?.status.is_success())
}

fn by_name(networks: &[Network], wanted: &str) -> Result<String> {
    if let Some(network) = networks.iter().find(|network| network.id == wanted) {
        return Ok(network.id.clone());
    }
    let mut named = networks.iter().filter(|network| network.name == wanted);
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(only.id.clone()),
        (Some(_), Some(_)) => Err(Error::config(format!("several networks are called `{wanted}`"))
            .hint("name the one that is meant by its id")),
        (None, _) => {
            let error = Error::config(format!("there is no network `{wanted}`"));
            let near = nearest(wanted, networks.iter().map(|network| network.name.as_str()));
            Err(match near {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("there are: {}", names(networks))),
            })
        }
    }
}

/// The id of the external network that floating addresses come from.
pub async fn external(client: &Client, wanted: Option<&str>, watch: &Watch) -> Result<String> {
    let mut networks = networks(client, watch).await?;
    networks.retain(|network| network.external);
    match (wanted, &networks[..]) {
        (Some(wanted), _) => by_name(&networks, wanted),
        (None, [only]) => Ok(only.id.clone()),
        (None, []) => {
            Err(Error::config("the cloud has no external network for a floating address")
                .hint("set `floating_ip: false`"))
        }
        (None, several) => Err(Error::config("the cloud has several external networks")
            .hint(format!("set `floating_network` to one of: {}", names(several)))),
    }
}
