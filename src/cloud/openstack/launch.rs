//! Starting a server, with all it needs.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::catalogue::Service;
use super::fault::fault;
use super::mark::Mark;
use super::network::{self, floating};
use super::security_group::Plan as Groups;
use super::{OpenStack, address, boot_volume, earlier, key_pair, metadata, power, security_group};
use crate::cloud::user_data;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Instance, InstanceState, Launch, Resource, ResourceKind};
use crate::report::Level;
use crate::{Code, Result};

/// All that is looked up first, so that a mistake in the settings costs nothing.
struct Plan {
    flavor: String,
    networks: Vec<String>,
    groups: Groups,
    /// The network a floating address comes from.
    external: Option<String>,
    volume: Option<boot_volume::Plan>,
}

pub async fn launch(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<Instance> {
    let plan = plan(cloud, launch, call).await?;
    let unanswered = earlier::is_unanswered(&launch.role, call)?;
    let intent =
        call.ledger.intend(ResourceKind::Instance, &launch.role, &[("name", &launch.name)])?;
    let (intent, earlier) = of_earlier(cloud, intent, unanswered, launch, call).await?;
    let id = match earlier {
        Some(id) => id,
        None => create(cloud, &plan, &intent, launch, call).await?,
    };
    call.ledger.created(&intent.token, &id, &[])?;
    let instance = power::running(cloud, &id, plan.external.is_some(), call).await?;
    if unanswered {
        earlier::remove_twins(cloud, &id, &intent, call).await?;
    }
    match &plan.external {
        None => Ok(instance),
        Some(network) => {
            give_address(cloud, (network, &plan.networks), &id, launch, call).await?;
            power::running(cloud, &id, false, call).await
        }
    }
}

async fn plan(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<Plan> {
    let (settings, client, watch) = (&cloud.settings, &cloud.client, &call.watch);
    metadata::check(&launch.tags)?;
    metadata::check_length("the instance's name", &launch.name)?;
    key_pair::check(cloud, launch, call).await?;
    if let Some(zone) = &settings.availability_zone {
        cloud.compute.check_zone(client, zone, watch).await?;
    }
    let flavor = cloud.compute.flavor(client, settings.flavor.as_deref(), watch).await?;
    let has_neutron = client.has(Service::Network, watch).await?;
    let ask_for_networks = has_neutron && (cloud.habits.networks || !settings.networks.is_empty());
    let networks = match ask_for_networks {
        true => network::choose(client, &settings.networks, watch).await?,
        // Without neutron only ids can be named.
        false => settings.networks.to_vec(),
    };
    address::check(cloud, call).await?;
    let external = match settings.floating_ip {
        true => Some(network::external(client, settings.floating_network.as_deref(), watch).await?),
        false => None,
    };
    let volume = boot_volume::plan(cloud, launch, call).await?;
    let groups = security_group::plan(cloud, call).await?;
    Ok(Plan { flavor: flavor.id, networks, groups, external, volume })
}

/// What an earlier try of this run made, by the id written down or by its marks. One that is being
/// deleted is waited out, and counts as none.
async fn of_earlier(
    cloud: &OpenStack,
    intent: Resource,
    unanswered: bool,
    launch: &Launch,
    call: &Call,
) -> Result<(Resource, Option<String>)> {
    let found = match &intent.id {
        Some(id) => cloud.compute.server(&cloud.client, id, &call.watch).await?,
        None if unanswered => earlier::find_late(cloud, &launch.role, call).await?,
        None => earlier::find(cloud, &launch.role, call).await?,
    };
    let Some(server) = found else {
        if intent.id.is_none() {
            return Ok((intent, None));
        }
        return anew(&intent, launch, call).map(|intent| (intent, None));
    };
    if power::state(&server) == InstanceState::Gone {
        power::gone(cloud, &server.id, call).await?;
        return anew(&intent, launch, call).map(|intent| (intent, None));
    }
    Ok((intent, Some(server.id)))
}

fn anew(intent: &Resource, launch: &Launch, call: &Call) -> Result<Resource> {
    call.ledger.gone(&intent.token)?;
    call.ledger.intend(ResourceKind::Instance, &launch.role, &[("name", &launch.name)])
}

/// The id of a new server. When it is certain that none is made, the intent is forgotten.
async fn create(
    cloud: &OpenStack,
    plan: &Plan,
    intent: &Resource,
    launch: &Launch,
    call: &Call,
) -> Result<String> {
    let body = match with_all_it_needs(cloud, plan, intent, launch, call).await {
        Ok(body) => body,
        // Ctrl-C and the like: nothing was sent yet.
        Err(error) => {
            call.ledger.gone(&intent.token)?;
            return Err(error);
        }
    };
    let sent = cloud.compute.create_server(&cloud.client, body, &call.watch).await;
    let error = match sent {
        Ok(response) => match response.json()["server"]["id"].as_str() {
            Some(id) if response.status.is_success() => return Ok(id.to_owned()),
            _ => {
                if response.status.is_client_error() {
                    call.ledger.gone(&intent.token)?;
                }
                fault(&response, &format!("start server {}", launch.name))
            }
        },
        Err(error) => error,
    };
    // The reply may be lost, and the server there.
    let lost = matches!(error.code(), Code::Connection | Code::Timeout | Code::Failed);
    if lost && let Ok(Some(server)) = earlier::find(cloud, &launch.role, call).await {
        call.watch.report.log(Level::Info, "the reply was lost, but the server was started");
        return Ok(server.id);
    }
    Err(error)
}

/// Makes what a server is started with, and the request for it.
async fn with_all_it_needs(
    cloud: &OpenStack,
    plan: &Plan,
    intent: &Resource,
    launch: &Launch,
    call: &Call,
) -> Result<Value> {
    let key = key_pair::ensure(cloud, launch, call).await?;
    let groups = security_group::ensure(cloud, &plan.groups, launch, call).await?;
    let volume = match &plan.volume {
        Some(plan) => Some(boot_volume::ensure(cloud, plan, launch, call).await?),
        None => None,
    };
    body(cloud, plan, intent, launch, call, (&key, &groups, volume.as_deref()))
}

fn body(
    cloud: &OpenStack,
    plan: &Plan,
    intent: &Resource,
    launch: &Launch,
    call: &Call,
    (key, groups, volume): (&str, &[String], Option<&str>),
) -> Result<Value> {
    let settings = &cloud.settings;
    let mut server = json!({
        "name": launch.name,
        "flavorRef": plan.flavor,
        "key_name": key,
        "user_data": BASE64_STANDARD.encode(user_data::user_data(launch)?),
        "metadata": Mark::of(intent, call).with(&launch.tags),
    });
    match volume {
        None => server["imageRef"] = launch.image.id.clone().into(),
        Some(volume) => {
            server["imageRef"] = "".into();
            server["block_device_mapping_v2"] = json!([{
                "boot_index": 0, "uuid": volume, "source_type": "volume",
                "destination_type": "volume", "delete_on_termination": true,
            }]);
        }
    }
    if !plan.networks.is_empty() {
        server["networks"] = plan.networks.iter().map(|id| json!({"uuid": id})).collect();
    }
    if !groups.is_empty() {
        server["security_groups"] = groups.iter().map(|id| json!({"name": id})).collect();
    }
    if let Some(zone) = &settings.availability_zone {
        server["availability_zone"] = zone.clone().into();
    }
    if let Some(wanted) = settings.config_drive {
        server["config_drive"] = wanted.into();
    }
    Ok(server)
}

/// Allocates a floating address and attaches it, or finds the one of an earlier try.
async fn give_address(
    cloud: &OpenStack,
    (external, networks): (&str, &[String]),
    server: &str,
    launch: &Launch,
    call: &Call,
) -> Result<()> {
    let (client, watch) = (&cloud.client, &call.watch);
    let ports = floating::ports_of(client, server, networks, watch).await?;
    let intent = call.ledger.intend(ResourceKind::Address, &launch.role, &[])?;
    let known = floating::all(client, watch).await?;
    let ours = known.into_iter().find(|address| {
        Mark::in_words(&address.description).is_some_and(|mark| mark.is_for(&intent))
    });
    let is_new = ours.is_none();
    let address = match ours {
        Some(address) => address,
        None => {
            let mark = &Mark::of(&intent, call);
            let allocate = |port: String| async move {
                floating::allocate(client, external, &port, mark, watch).await
            };
            floating::at_first_routed(&ports, allocate).await?
        }
    };
    call.ledger.created(&intent.token, &address.id, &[("name", &address.address)])?;
    let has_port = address.port_id.as_ref().is_some_and(|port| ports.contains(port));
    if !is_new && !has_port {
        let id = &address.id;
        let attach = |port: String| async move { floating::attach(client, id, &port, watch).await };
        floating::at_first_routed(&ports, attach).await?;
    }
    call.watch.report.log(Level::Info, &format!("floating address: {}", address.address));
    // Nova learns of it a little later.
    let what = format!("server {server} to know its floating address");
    let patience = power::patience(cloud.settings.start_timeout);
    wait::until(&what, patience, watch, || async {
        let server = cloud.server(server, call).await?;
        let knows = server.addresses.iter().any(|(_, known)| known.addr == address.address);
        if knows || power::state(&server) != InstanceState::Running {
            return Ok(Poll::Ready(()));
        }
        Ok(Poll::Pending(format!("{} is not shown yet", address.address)))
    })
    .await
}
