//! The security groups of an instance: the user's own, or a temporary one for the run.

use aws_sdk_ec2::types::{Filter, SecurityGroup};

use super::filter::filter;
use super::provider::Ec2;
use super::subnet::Subnets;
use crate::cloud::pages::Pages;
use crate::cloud::{Call, Launch};
use crate::{Error, Result};

/// The groups to start an instance with, before anything is made.
pub enum Groups {
    /// The ids of the user's own groups.
    Own(Vec<String>),
    /// A group for this run, open to these ranges. `network` is the VPC; None: the default VPC.
    Temporary { network: Option<String>, ranges: Vec<String> },
}

impl Ec2 {
    /// Finds the subnets and groups that the settings name, and makes nothing.
    pub(super) async fn plan_groups(&self, call: &Call) -> Result<(Subnets, Groups)> {
        if !self.settings.security_groups.is_empty() {
            let subnets = self.subnets(call).await?;
            let groups = self.own_groups(subnets.network.as_deref(), call).await?;
            return Ok((subnets, Groups::Own(groups)));
        }
        let (subnets, ranges) = tokio::try_join!(self.subnets(call), self.ssh_ranges(call))?;
        if let Some(subnet) = subnets.ipv6_only().filter(|_| ranges.iter().all(|it| is_v4(it))) {
            let message = format!("nobody could connect: {} has IPv6 addresses only", subnet.id);
            return Err(Error::config(message)
                .cause(format!("`ssh_from` stands for {}", ranges.join(", ")))
                .hint("set `ssh_from` to the range of IPv6 that you connect from: 2001:db8::/32"));
        }
        let network = subnets.network.clone();
        Ok((subnets, Groups::Temporary { network, ranges }))
    }

    /// The ids of the groups; makes the temporary one.
    pub(super) async fn security_groups(
        &self,
        groups: Groups,
        launch: &Launch,
        call: &Call,
    ) -> Result<Vec<String>> {
        match groups {
            Groups::Own(ids) => Ok(ids),
            Groups::Temporary { network, ranges } => {
                Ok(vec![self.temporary_group(network.as_deref(), &ranges, launch, call).await?])
            }
        }
    }

    /// The ids of the user's own groups, each of which must exist once.
    async fn own_groups(&self, network: Option<&str>, call: &Call) -> Result<Vec<String>> {
        let region = self.clients.region(&call.watch).await?;
        let place = network.map_or(region, |network| format!("{network} of the subnet"));
        let mut ids = Vec::new();
        for wanted in self.settings.security_groups.iter() {
            let key = if wanted.starts_with("sg-") { "group-id" } else { "group-name" };
            let mut filters = vec![filter(key, &[wanted])];
            filters.extend(network.map(|network| filter("vpc-id", &[network])));
            let found = self.groups(&filters, call).await?;
            let found: Vec<&str> = found.iter().filter_map(|group| group.group_id()).collect();
            match &found[..] {
                [id] => ids.push((*id).to_owned()),
                [] => {
                    let message = format!("there is no security group `{wanted}` in {place}");
                    return Err(Error::config(message).hint(
                        "set `security_groups` to ids or names, or omit it for a temporary group",
                    ));
                }
                several => {
                    let message =
                        format!("several security groups are named `{wanted}` in {place}");
                    return Err(Error::config(message)
                        .cause(several.join(", "))
                        .hint("set `security_groups` to the id, or set `subnet`"));
                }
            }
        }
        Ok(ids)
    }

    /// The groups that pass the filters.
    pub(super) async fn groups(
        &self,
        filters: &[Filter],
        call: &Call,
    ) -> Result<Vec<SecurityGroup>> {
        let (mut found, mut page) = (Vec::new(), None);
        let mut pages = Pages::of("list security groups");
        loop {
            let send = |ec2: aws_sdk_ec2::Client| {
                let request = ec2.describe_security_groups().set_filters(Some(filters.to_vec()));
                request.set_next_token(page.clone()).send()
            };
            let action = "DescribeSecurityGroups";
            let reply = self.clients.call(None, action, &call.watch, send).await?;
            found.extend(reply.security_groups.unwrap_or_default());
            page = pages.next(reply.next_token)?;
            if page.is_none() {
                return Ok(found);
            }
        }
    }
}

/// Whether a range of addresses is one of IPv4.
fn is_v4(range: &str) -> bool {
    !range.contains(':')
}
