//! Networks: which ones a server is in, and where floating addresses come from.

use reqwest::Method;
use serde::Deserialize;

use super::list::{list, or_default};
use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::{Ask, Client};
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
    /// False: neutron filters nothing on its ports, and nova puts no security group on them. Missing
    /// where the extension is.
    #[serde(default)]
    port_security_enabled: Option<bool>,
}

impl Network {
    /// A network of which only the id is known.
    pub fn unknown(id: &str) -> Network {
        Network {
            id: id.to_owned(),
            name: String::new(),
            external: false,
            shared: false,
            tenant_id: String::new(),
            port_security_enabled: None,
        }
    }

    /// Whether its ports can have security groups.
    pub fn takes_groups(&self) -> bool {
        self.port_security_enabled != Some(false)
    }

    /// Its name, or its id if it has none.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }
}

/// The networks that the project can see.
pub async fn all(client: &Client, watch: &Watch) -> Result<Vec<Network>> {
    list(client, "networks", "", watch).await
}

fn names<'n>(networks: impl IntoIterator<Item = &'n Network>) -> String {
    networks.into_iter().map(Network::title).collect::<Vec<_>>().join(", ")
}

/// The networks for a server, of all: the wanted ones, by id or name, else the only one. Empty: the
/// project has none, and nova creates one.
///
/// # Errors
/// `Config` if a network does not exist, or if none is wanted and there is not exactly one.
pub async fn choose(
    client: &Client,
    networks: &[Network],
    wanted: &[String],
    watch: &Watch,
) -> Result<Vec<Network>> {
    if !wanted.is_empty() {
        return wanted.iter().map(|wanted| by_name(networks, wanted).cloned()).collect();
    }
    let project = client.session(watch).await?.project.clone();
    // Nova's own rule: the project's networks, and those shared with all projects.
    let usable =
        |network: &&Network| network.shared || network.tenant_id == project && !network.external;
    let usable: Vec<&Network> = networks.iter().filter(usable).collect();
    match usable[..] {
        [] if can_be_created(client, &project, watch).await? => Ok(Vec::new()),
        [] => Err(Error::config("the project has no network for a server").hint(
            match names(networks).as_str() {
                "" => "create one with a subnet: `openstack network create NAME`".to_owned(),
                others => {
                    format!("create one with a subnet, or set `networks` to one of: {others}")
                }
            },
        )),
        [only] => Ok(vec![only.clone()]),
        _ => Err(Error::config("the project has several networks, and none is set")
            .hint(format!("set `networks: [NAME]` to one of: {}", names(usable)))),
    }
}

/// Whether neutron would create a network for a server that needs one. Many clouds have the extension
/// without what it needs, so this is the same dry run that nova does.
async fn can_be_created(client: &Client, project: &str, watch: &Watch) -> Result<bool> {
    let path = format!("/auto-allocated-topology/{project}?fields=dry-run");
    let purpose = "ask whether neutron would create a network";
    let ask = Ask::new(Method::GET, Service::Network, &path, purpose);
    Ok(client.send(&ask, watch).await?.status.is_success())
}

fn by_name<'n>(networks: &'n [Network], wanted: &str) -> Result<&'n Network> {
    if let Some(network) = networks.iter().find(|network| network.id == wanted) {
        return Ok(network);
    }
    let mut named = networks.iter().filter(|network| network.name == wanted);
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Error::config(format!("several networks are named `{wanted}`"))
            .hint("use the id of one of them")),
        (None, _) => {
            let error = Error::config(format!("there is no network `{wanted}`"));
            let near = nearest(wanted, networks.iter().map(|network| network.name.as_str()));
            Err(match near {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("choose one of: {}", names(networks))),
            })
        }
    }
}

/// The id of the external network, of all, that floating addresses come from: the wanted one, else the only
/// one.
///
/// # Errors
/// `Config` if it does not exist, or if none is wanted and there is not exactly one.
pub fn external(networks: &[Network], wanted: Option<&str>) -> Result<String> {
    let networks: Vec<Network> =
        networks.iter().filter(|network| network.external).cloned().collect();
    match (wanted, &networks[..]) {
        (Some(wanted), _) => by_name(&networks, wanted).map(|network| network.id.clone()),
        (None, [only]) => Ok(only.id.clone()),
        (None, []) => {
            Err(Error::config("the cloud has no external network for a floating address")
                .hint("set `floating_ip: false`"))
        }
        (None, several) => Err(Error::config("the cloud has several external networks")
            .hint(format!("set `floating_network` to one of: {}", names(several)))),
    }
}

/// Whether floating addresses could come from one of them.
pub fn has_external(networks: &[Network]) -> bool {
    networks.iter().any(|network| network.external)
}
