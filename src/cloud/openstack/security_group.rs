//! The security groups that a server is started with.

use super::catalogue::Service;
use super::idempotency::Once;
use super::network::networks::Network;
use super::network::{own_address, security_groups};
use super::provider::OpenStack;
use super::tags::RunTags;
use crate::cloud::{Call, Launch, ResourceKind};
use crate::report::Level;
use crate::{Error, Result};

/// What to do about them, decided before anything is created.
pub enum Plan {
    /// The ids of existing groups.
    Named(Vec<String>),
    /// A temporary group that allows SSH from these ranges.
    Temporary(Vec<String>),
    /// The cloud's default, which usually allows no connections.
    None,
}

/// # Errors
/// `Config` if a group does not exist, `ssh_from` is not valid or groups are set for a network that
/// takes none.
pub async fn plan(cloud: &OpenStack, networks: &[Network], call: &Call) -> Result<Plan> {
    let (settings, client, watch) = (&cloud.settings, &cloud.client, &call.watch);
    let open = networks.iter().find(|network| !network.takes_groups());
    if let (Some(network), false) = (open, settings.security_groups.is_empty()) {
        let title = network.title();
        return Err(Error::config(format!(
            "`security_groups` is set, but network {title} takes no security groups"
        ))
        .cause("its port security is off")
        .hint("remove `security_groups`, or set `networks` to networks that have port security"));
    }
    if !settings.security_groups.is_empty() {
        let ids = security_groups::choose(client, &settings.security_groups, watch).await?;
        return Ok(Plan::Named(ids));
    }
    let nobody = settings.ssh_from.iter().any(|range| range == "none");
    if nobody || !client.has(Service::Network, watch).await? {
        return Ok(Plan::None);
    }
    if let Some(network) = open {
        let title = network.title();
        let others = networks.iter().any(Network::takes_groups);
        let message = match others {
            false => format!(
                "network {title} has no port security: the server gets no security group, and neutron \
                 filters no connections"
            ),
            true => format!(
                "network {title} has no port security, so nova takes no security group for this server: \
                 on its other networks the project's default group decides who may connect"
            ),
        };
        watch.report.log(if others { Level::Warning } else { Level::Info }, &message);
        return Ok(Plan::None);
    }
    let mut ranges = Vec::new();
    for range in settings.ssh_from.iter() {
        match range.as_str() {
            "auto" => ranges.extend(caller(cloud, call).await?),
            range => ranges.push(security_groups::checked(range)?),
        }
    }
    if ranges.is_empty() {
        return Err(Error::config("ssh_from is empty: nobody could connect")
            .hint("set `ssh_from` to auto, none, or a range such as 203.0.113.0/24"));
    }
    Ok(Plan::Temporary(ranges))
}

/// The addresses of this computer, each as a range of one.
async fn caller(cloud: &OpenStack, call: &Call) -> Result<Vec<String>> {
    if cloud.options.goes_through_others {
        return Err(Error::config("ssh_from is `auto`, but SSH goes through another machine")
            .cause("ssh.jump or ssh.proxy_command is set, and the address of that machine is not known")
            .hint("set `ssh_from` to its address, or `security_groups` to a group that allows SSH"));
    }
    let endpoint = cloud.client.endpoint(Service::Compute, &call.watch).await?.unwrap_or_default();
    own_address::own(&endpoint, &cloud.settings.public_address_url, &call.watch).await
}

/// The ids of the groups to start the server with.
pub async fn ensure(
    cloud: &OpenStack,
    plan: &Plan,
    launch: &Launch,
    call: &Call,
) -> Result<Vec<String>> {
    let ranges = match plan {
        Plan::Named(ids) => return Ok(ids.clone()),
        Plan::None => return Ok(Vec::new()),
        Plan::Temporary(ranges) => ranges,
    };
    let (client, watch) = (&cloud.client, &call.watch);
    let once = Once::begin(ResourceKind::SecurityGroup, &launch.role, &[], call)?;
    let intent = &once.intent;
    let find = || async {
        let known = security_groups::all(client, watch).await?;
        let ours = known.into_iter().find(|group| {
            intent.id.as_deref() == Some(&group.id)
                || RunTags::from_description(&group.description)
                    .is_some_and(|tags| tags.is_for(intent))
        });
        Ok(ours.map(|group| group.id))
    };
    let id = match once.earlier(find).await? {
        Some(id) => id,
        None => {
            let tags = once.tags();
            let create = || security_groups::create(client, &launch.name, &tags, watch);
            once.make(create, find).await?
        }
    };
    call.ledger.created(&intent.token, &id, &[])?;
    for range in ranges {
        security_groups::allow_ssh(client, &id, range, watch).await?;
    }
    Ok(vec![id])
}
