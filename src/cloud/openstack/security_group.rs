//! The security groups that a server is started with.

use super::catalogue::Service;
use super::network::{own_address, security_groups};
use super::provider::OpenStack;
use super::tags::RunTags;
use crate::cloud::{Call, Launch, ResourceKind};
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
/// `Config` if a group does not exist or `ssh_from` is not valid.
pub async fn plan(cloud: &OpenStack, call: &Call) -> Result<Plan> {
    let (settings, client, watch) = (&cloud.settings, &cloud.client, &call.watch);
    if !settings.security_groups.is_empty() {
        let ids = security_groups::choose(client, &settings.security_groups, watch).await?;
        return Ok(Plan::Named(ids));
    }
    let nobody = settings.ssh_from.iter().any(|range| range == "none");
    if nobody || !client.has(Service::Network, watch).await? {
        return Ok(Plan::None);
    }
    let mut ranges = Vec::new();
    for range in settings.ssh_from.iter() {
        ranges.push(if range == "auto" {
            caller(cloud, call).await?
        } else {
            security_groups::checked(range)?
        });
    }
    if ranges.is_empty() {
        return Err(Error::config("ssh_from is empty: nobody could connect")
            .hint("set `ssh_from` to auto, none, or a range such as 203.0.113.0/24"));
    }
    Ok(Plan::Temporary(ranges))
}

/// The address of this computer, as a range of one.
async fn caller(cloud: &OpenStack, call: &Call) -> Result<String> {
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
    let intent = call.ledger.intend(ResourceKind::SecurityGroup, &launch.role, &[])?;
    let tags = RunTags::of(&intent, call);
    let known = security_groups::all(client, watch).await?;
    let ours = known.into_iter().find(|group| {
        intent.id.as_deref() == Some(&group.id)
            || RunTags::from_description(&group.description)
                .is_some_and(|tags| tags.is_for(&intent))
    });
    let id = match ours {
        Some(group) => group.id,
        None => security_groups::create(client, &launch.name, &tags, watch).await?,
    };
    call.ledger.created(&intent.token, &id, &[])?;
    for range in ranges {
        security_groups::allow_ssh(client, &id, range, watch).await?;
    }
    Ok(vec![id])
}
