//! Starting a server, and creating what it needs.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::catalogue::Service;
use super::idempotency::Once;
use super::network::networks::{self, Network};
use super::provider::OpenStack;
use super::security_group::Plan as Groups;
use super::tags::RunTags;
use super::{
    address, automation, boot_volume, floating_address, idempotency, instance, key_pair, metadata,
    security_group, server,
};
use crate::cloud::user_data;
use crate::cloud::{Call, Instance, InstanceState, Launch, Resource, ResourceKind};
use crate::config::switch::Switch;
use crate::{Error, Result};

/// What is looked up first, so that a mistake in the settings creates nothing.
struct Plan {
    flavor: String,
    networks: Vec<String>,
    groups: Groups,
    floating: floating_address::Plan,
    volume: Option<boot_volume::Plan>,
}

pub async fn launch(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<Instance> {
    let plan = plan(cloud, launch, call).await?;
    let once = Once::begin(ResourceKind::Instance, &launch.role, &[("name", &launch.name)], call)?;
    let Once { intent, unanswered, .. } = once;
    let (intent, earlier) = of_earlier(cloud, intent, unanswered, launch, call).await?;
    let (id, is_doubtful) = match earlier {
        Some(id) => (id, unanswered),
        None => {
            let (id, is_doubtful) = create(cloud, &plan, &intent, launch, call).await?;
            (id, is_doubtful || unanswered)
        }
    };
    call.ledger.created(&intent.token, &id, &[])?;
    let any_address = plan.floating.replaces(cloud.settings.address);
    let instance = instance::running(cloud, &id, any_address, call).await?;
    if is_doubtful {
        idempotency::remove_twins(cloud, &id, &intent, call).await?;
    }
    address::warn_ipv6_only(cloud, &instance, call).await?;
    let (floating, networks) = (&plan.floating, &plan.networks);
    let instance =
        floating_address::complete(cloud, floating, networks, instance, launch, call).await?;
    automation::done(cloud, instance, call).await
}

/// The longest user data in base64, by nova's schema for servers.
const USER_DATA: usize = 65_535;

async fn plan(cloud: &OpenStack, launch: &Launch, call: &Call) -> Result<Plan> {
    let (settings, client, watch) = (&cloud.settings, &cloud.client, &call.watch);
    let length = BASE64_STANDARD.encode(user_data::user_data(launch)?).len();
    if length > USER_DATA {
        let message = format!("the user data is too long: {length} bytes in base64");
        return Err(Error::config(message)
            .cause(format!("nova takes {USER_DATA}"))
            .hint("shorten `user_data`, or do that in bootstrap"));
    }
    metadata::check(&launch.tags)?;
    metadata::check_length("the instance's name", &launch.name)?;
    key_pair::check(cloud, launch, call).await?;
    if let Some(zone) = &settings.availability_zone {
        cloud.compute.check_zone(client, zone, watch).await?;
    }
    let flavor = cloud.compute.flavor(client, settings.flavor.as_deref(), watch).await?;
    let has_neutron = client.has(Service::Network, watch).await?;
    let ask_for_networks =
        has_neutron && (cloud.differences.networks || !settings.networks.is_empty());
    let known = match ask_for_networks || settings.floating_ip == Some(Switch::On) {
        true => networks::all(client, watch).await?,
        false => Vec::new(),
    };
    let networks = match ask_for_networks {
        true => networks::choose(client, &known, &settings.networks, watch).await?,
        // Without neutron, names cannot be resolved: they have to be ids.
        false => settings.networks.iter().map(|id| Network::unknown(id)).collect(),
    };
    address::check(cloud, call).await?;
    let floating = floating_address::plan(cloud, &known, call).await?;
    let volume = boot_volume::plan(cloud, launch, call).await?;
    let groups = security_group::plan(cloud, &networks, call).await?;
    let networks = networks.into_iter().map(|network| network.id).collect();
    Ok(Plan { flavor: flavor.id, networks, groups, floating, volume })
}

/// The server of an earlier attempt of this run, found by the id in the ledger or by its tags. One
/// that is being deleted counts as none, once it is gone.
async fn of_earlier(
    cloud: &OpenStack,
    intent: Resource,
    unanswered: bool,
    launch: &Launch,
    call: &Call,
) -> Result<(Resource, Option<String>)> {
    let found = match &intent.id {
        Some(id) => cloud.compute.server(&cloud.client, id, &call.watch).await?,
        None if unanswered => idempotency::find_late(cloud, &launch.role, call).await?,
        None => idempotency::find(cloud, &launch.role, call).await?,
    };
    let Some(server) = found else {
        if intent.id.is_none() {
            return Ok((intent, None));
        }
        return anew(&intent, launch, call).map(|intent| (intent, None));
    };
    if server::state(&server) == InstanceState::Gone {
        server::delete(cloud, &server.id, call).await?;
        return anew(&intent, launch, call).map(|intent| (intent, None));
    }
    Ok((intent, Some(server.id)))
}

fn anew(intent: &Resource, launch: &Launch, call: &Call) -> Result<Resource> {
    call.ledger.gone(&intent.token)?;
    call.ledger.intend(ResourceKind::Instance, &launch.role, &[("name", &launch.name)])
}

/// A new server, and whether there may be a second one. If it is certain that none was created, the intent
/// is forgotten.
async fn create(
    cloud: &OpenStack,
    plan: &Plan,
    intent: &Resource,
    launch: &Launch,
    call: &Call,
) -> Result<(String, bool)> {
    let body = match prepare(cloud, plan, intent, launch, call).await {
        Ok(body) => body,
        // The request for the server was not sent.
        Err(error) => {
            call.ledger.gone(&intent.token)?;
            return Err(error);
        }
    };
    let once = Once::of(intent.clone(), call);
    let create = || cloud.compute.create_server(&cloud.client, body.clone(), &call.watch);
    let find = || async {
        let found = idempotency::find(cloud, &launch.role, call).await?;
        Ok(found.filter(|server| !server.is_going()).map(|server| server.id))
    };
    let id = once.make(create, find).await?;
    Ok((id, once.is_doubtful()))
}

/// Creates what a server is started with, and returns the body of the request for it.
async fn prepare(
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
    body(cloud, plan, intent, launch, call, (key.as_deref(), &groups, volume.as_deref()))
}

fn body(
    cloud: &OpenStack,
    plan: &Plan,
    intent: &Resource,
    launch: &Launch,
    call: &Call,
    (key, groups, volume): (Option<&str>, &[String], Option<&str>),
) -> Result<Value> {
    let settings = &cloud.settings;
    let mut server = json!({
        "name": launch.name,
        "flavorRef": plan.flavor,
        "user_data": BASE64_STANDARD.encode(user_data::user_data(launch)?),
        "metadata": RunTags::of(intent, call).with(&launch.tags),
    });
    if let Some(key) = key {
        server["key_name"] = key.into();
    }
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
