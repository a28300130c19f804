//! The security groups of an instance: the user's own, or a temporary one for the run.

use aws_sdk_ec2::types::{Filter, SecurityGroup};

use super::filter::filter;
use super::provider::Ec2;
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
    /// Finds what the settings name, and makes nothing.
    pub(super) async fn plan_groups(&self, call: &Call) -> Result<Groups> {
        if !self.settings.security_groups.is_empty() {
            let network = self.network(call).await?;
            return Ok(Groups::Own(self.own_groups(network.as_deref(), call).await?));
        }
        let (network, ranges) = tokio::try_join!(self.network(call), self.ssh_ranges(call))?;
        Ok(Groups::Temporary { network, ranges })
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

    /// The VPC of the subnet; None: the default VPC.
    async fn network(&self, call: &Call) -> Result<Option<String>> {
        let Some(subnet) = &self.settings.subnet else { return Ok(None) };
        let send = |ec2: aws_sdk_ec2::Client| ec2.describe_subnets().subnet_ids(subnet).send();
        let reply = match self.clients.call(None, "DescribeSubnets", &call.watch, send).await {
            Err(fault) if fault.is_not_found() => {
                return Err(fault.into_config().hint("set `subnet` to one of this region"));
            }
            other => other.map_err(Error::from)?,
        };
        Ok(reply.subnets().first().and_then(|subnet| subnet.vpc_id()).map(str::to_owned))
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
        let send = |ec2: aws_sdk_ec2::Client| {
            let request = ec2.describe_security_groups().set_filters(Some(filters.to_vec()));
            request.into_paginator().items().send().try_collect()
        };
        let sent = self.clients.call(None, "DescribeSecurityGroups", &call.watch, send).await;
        sent.map_err(Error::from)
    }
}
