//! The floating address of a server: whether it gets one, and giving it.

use super::catalogue::Service;
use super::compute::servers::Server;
use super::idempotency::Once;
use super::network::floating::{self, Attached, Floating};
use super::network::networks::{self, Network};
use super::provider::{OpenStack, patience};
use super::tags::RunTags;
use super::{address, instance, server};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Instance, InstanceState, Launch, Resource, ResourceKind};
use crate::config::openstack::Address as Wanted;
use crate::config::switch::Switch;
use crate::report::Level;
use crate::{Code, Error, Result};

/// Whether a server gets a floating address, and from which external network.
pub enum Plan {
    No {
        /// Whether the cloud has an external network, from which the server could get one.
        could: bool,
    },
    Always(String),
    /// If it has no public address. An external network that is missing or not clear matters only then.
    IfPrivate(std::result::Result<String, Error>),
}

impl Plan {
    /// Whether the addresses that the server has by itself need not be waited for.
    pub fn replaces(&self, wanted: Wanted) -> bool {
        match self {
            Plan::No { .. } => false,
            Plan::Always(_) => true,
            Plan::IfPrivate(_) => wanted == Wanted::Floating,
        }
    }
}

/// `known` are the networks of the cloud.
///
/// # Errors
/// `Config` if the external network does not exist or has to be named.
pub async fn plan(cloud: &OpenStack, known: &[Network], call: &Call) -> Result<Plan> {
    let (settings, client, watch) = (&cloud.settings, &cloud.client, &call.watch);
    let wanted = settings.floating_network.as_deref();
    let none = Plan::No { could: networks::has_external(known) };
    match settings.floating_ip {
        None | Some(Switch::Off) => Ok(none),
        Some(Switch::On) => networks::external(known, wanted).map(Plan::Always),
        Some(Switch::Auto) if cloud.options.has_jump_host => Ok(none),
        Some(Switch::Auto) if !client.has(Service::Network, watch).await? => Ok(none),
        Some(Switch::Auto) => match networks::external(known, wanted) {
            Err(error) if error.code() == Code::Config && wanted.is_none() => {
                Ok(Plan::IfPrivate(Err(error)))
            }
            found => found.map(|network| Plan::IfPrivate(Ok(network))),
        },
    }
}

/// The running server with the address that it should have.
pub async fn complete(
    cloud: &OpenStack,
    plan: &Plan,
    networks: &[String],
    instance: Instance,
    launch: &Launch,
    call: &Call,
) -> Result<Instance> {
    let id = instance.id.clone();
    let network = match plan {
        Plan::No { could } => {
            if *could {
                report_private(cloud, &instance, call).await?;
            }
            return Ok(instance);
        }
        Plan::Always(network) => network,
        Plan::IfPrivate(network) => {
            let found = cloud.server(&id, call).await?;
            if !is_begun(launch, call)? && address::is_reachable(&found) {
                return Ok(instance);
            }
            match network {
                Ok(network) => network,
                Err(error) => return without(cloud, &found, error, call).await,
            }
        }
    };
    if let Err(error) = give(cloud, (network, networks), &id, launch, call).await? {
        let Plan::IfPrivate(_) = plan else { return Err(error) };
        return without(cloud, &cloud.server(&id, call).await?, &error, call).await;
    }
    instance::running(cloud, &id, false, call).await
}

/// Whether an earlier attempt asked for an address.
fn is_begun(launch: &Launch, call: &Call) -> Result<bool> {
    let ours = |it: &Resource| it.kind == ResourceKind::Address && it.role == launch.role;
    Ok(call.ledger.resources()?.iter().any(ours))
}

/// The server as it is, where no floating address can be had.
async fn without(cloud: &OpenStack, server: &Server, why: &Error, call: &Call) -> Result<Instance> {
    let message = format!("server {} gets no floating address: {why}", server.name);
    call.watch.report.log(Level::Warning, &message);
    instance::running(cloud, &server.id, false, call).await
}

/// Says at once that SSH may not reach the only address of a server, where it could get another.
async fn report_private(cloud: &OpenStack, instance: &Instance, call: &Call) -> Result<()> {
    let is_unasked = cloud.settings.floating_ip.is_none()
        && cloud.settings.address == Wanted::Auto
        && !cloud.options.goes_through_others
        && cloud.differences.networks;
    if !is_unasked {
        return Ok(());
    }
    let found = cloud.server(&instance.id, call).await?;
    if address::is_reachable(&found) {
        return Ok(());
    }
    let message = format!(
        "server {} has private addresses only: {}; if SSH cannot reach them from here, set \
         `floating_ip: auto` and run `imgctl destroy up`, else `floating_ip: false`",
        found.name,
        address::list(&found).join(", ")
    );
    call.watch.report.log(Level::Warning, &message);
    Ok(())
}

/// Allocates a floating address and attaches it, or finds the one of an earlier attempt. The inner
/// error: no router joins the server's networks with the external one, so nothing was allocated.
async fn give(
    cloud: &OpenStack,
    (external, networks): (&str, &[String]),
    server: &str,
    launch: &Launch,
    call: &Call,
) -> Result<std::result::Result<(), Error>> {
    let (client, watch) = (&cloud.client, &call.watch);
    let ports = &floating::ports_of(client, server, networks, watch).await?;
    let once = &Once::begin(ResourceKind::Address, &launch.role, &[], call)?;
    let find = || async {
        let mut known = floating::all(client, watch).await?.into_iter();
        Ok(known.find(|it| is_for(it, once)))
    };
    let (address, is_new) = match once.earlier(find).await? {
        Some(address) => (address, false),
        None => {
            let tags = &once.tags();
            let allocate = |port: String| async move {
                let allocate = || floating::allocate(client, external, &port, tags, watch);
                let again = || async { Ok(find().await?.map(Attached::Done)) };
                once.make(allocate, again).await
            };
            match floating::at_first_routed(ports, allocate).await? {
                Attached::Done(address) => (address, true),
                Attached::NoRoute(error) => {
                    call.ledger.gone(&once.intent.token)?;
                    return Ok(Err(error));
                }
            }
        }
    };
    if is_new && !is_for(&address, once) {
        let message = format!(
            "the cloud keeps no description of floating address {}: if the state file is lost, `imgctl gc` \
             does not find it",
            address.address
        );
        call.watch.report.log(Level::Warning, &message);
    }
    let shown = [("name", address.address.as_str())];
    call.ledger.created(&once.intent.token, &address.id, &shown)?;
    let has_port = address.port_id.as_ref().is_some_and(|port| ports.contains(port));
    if !is_new && !has_port {
        let id = &address.id;
        let attach = |port: String| async move { floating::attach(client, id, &port, watch).await };
        if let Attached::NoRoute(error) = floating::at_first_routed(ports, attach).await? {
            return Err(error);
        }
    }
    call.watch.report.log(Level::Info, &format!("floating address: {}", address.address));
    shows(cloud, server, &address.address, call).await.map(Ok)
}

fn is_for(address: &Floating, once: &Once<'_>) -> bool {
    RunTags::from_description(&address.description).is_some_and(|tags| tags.is_for(&once.intent))
}

/// Waits until nova has learned of the address from neutron.
async fn shows(cloud: &OpenStack, server: &str, address: &str, call: &Call) -> Result<()> {
    let what = format!("server {server} to show its floating address");
    let patience = patience(cloud.settings.start_timeout);
    wait::until(&what, patience, &call.watch, || async {
        let found = cloud.server(server, call).await?;
        let knows = found.addresses.iter().any(|(_, known)| known.addr == address);
        if knows || server::state(&found) != InstanceState::Running {
            return Ok(Poll::Ready(()));
        }
        Ok(Poll::Pending(format!("{address} is not shown yet")))
    })
    .await
}
