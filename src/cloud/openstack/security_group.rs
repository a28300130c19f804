//! The security groups a server is started with.

use super::OpenStack;
use super::catalogue::Service;
use super::mark::Mark;
use super::network::{own_address, security_groups};
use crate::cloud::{Call, Launch, ResourceKind};
use crate::{Error, Result};

/// What to do about them, decided before anything is made.
pub enum Plan {
    /// Ids of groups that are there.
    Named(Vec<String>),
    /// A temporary one that lets SSH in from this CIDR.
    Temporary(String),
    /// Leave it to the cloud, whose default usually lets nothing in.
    None,
}

pub async fn plan(cloud: &OpenStack, call: &Call) -> Result<Plan> {
    let (settings, client, watch) = (&cloud.settings, &cloud.client, &call.watch);
    if !settings.security_groups.is_empty() {
        let ids = security_groups::choose(client, &settings.security_groups, watch).await?;
        return Ok(Plan::Named(ids));
    }
    if settings.ssh_from == "none" || !client.has(Service::Network, watch).await? {
        return Ok(Plan::None);
    }
    if settings.ssh_from != "auto" {
        security_groups::check_cidr(&settings.ssh_from)?;
        return Ok(Plan::Temporary(settings.ssh_from.clone()));
    }
    if cloud.options.goes_through_others {
        return Err(Error::config("SSH goes through other machines (ssh.jump, ssh.proxy_command), whose address is not known here")
            .hint("set `ssh_from` to their address as a CIDR, or `security_groups` to one that allows SSH"));
    }
    let endpoint = client.endpoint(Service::Compute, watch).await?.unwrap_or_default();
    Ok(Plan::Temporary(own_address::own(&endpoint, watch).await?))
}

/// The ids to start the server with.
pub async fn ensure(
    cloud: &OpenStack,
    plan: &Plan,
    launch: &Launch,
    call: &Call,
) -> Result<Vec<String>> {
    let from = match plan {
        Plan::Named(ids) => return Ok(ids.clone()),
        Plan::None => return Ok(Vec::new()),
        Plan::Temporary(from) => from,
    };
    let (client, watch) = (&cloud.client, &call.watch);
    let intent = call.ledger.intend(ResourceKind::SecurityGroup, &launch.role, &[])?;
    let mark = Mark::of(&intent, call);
    let known = security_groups::all(client, watch).await?;
    let ours = known.into_iter().find(|group| {
        intent.id.as_deref() == Some(&group.id)
            || Mark::in_words(&group.description).is_some_and(|mark| mark.is_for(&intent))
    });
    let id = match ours {
        Some(group) => group.id,
        None => security_groups::create(client, &launch.name, &mark, watch).await?,
    };
    call.ledger.created(&intent.token, &id, &[])?;
    security_groups::allow_ssh(client, &id, from, watch).await?;
    Ok(vec![id])
}
