//! Who may connect to an instance: the user's security groups, or a temporary one that is open to
//! the caller only.

use std::net::IpAddr;

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, ResourceType, SecurityGroup};
use ipnet::IpNet;

use super::base::as_config;
use super::image::filter;
use super::{Ec2, tags};
use crate::cloud::http::{Http, Request};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Launch, RUN_TAG, ResourceKind};
use crate::config::ec2::Address;
use crate::{Error, Result};

/// What lets SSH in.
pub enum Access {
    /// The user's own groups, by id.
    Own(Vec<String>),
    /// One for this run. `network` is the VPC; none: the default one.
    Temporary { network: Option<String>, ranges: Vec<String> },
}

const AUTO: &str = "auto";
const SSH: i32 = 22;

impl Ec2 {
    /// Looks before anything is made.
    pub(super) async fn plan_access(&self, call: &Call) -> Result<Access> {
        if !self.settings.security_groups.is_empty() {
            let network = self.network(call).await?;
            return Ok(Access::Own(self.own_groups(network.as_deref(), call).await?));
        }
        let (network, ranges) = tokio::try_join!(self.network(call), self.ranges(call))?;
        Ok(Access::Temporary { network, ranges })
    }

    /// The ids of the groups to start the instance with.
    pub(super) async fn security_groups(
        &self,
        access: Access,
        launch: &Launch,
        call: &Call,
    ) -> Result<Vec<String>> {
        match access {
            Access::Own(ids) => Ok(ids),
            Access::Temporary { network, ranges } => {
                Ok(vec![self.temporary_group(network.as_deref(), &ranges, launch, call).await?])
            }
        }
    }

    /// The VPC of the subnet; none for the default VPC.
    async fn network(&self, call: &Call) -> Result<Option<String>> {
        let Some(subnet) = &self.settings.subnet else { return Ok(None) };
        let send = |ec2: aws_sdk_ec2::Client| ec2.describe_subnets().subnet_ids(subnet).send();
        let reply = match self.clients.call(None, "DescribeSubnets", &call.watch, send).await {
            Err(fault) if fault.is_not_found() => {
                return Err(as_config(fault.into_error()).hint("set subnet to one of this region"));
            }
            other => other.map_err(Error::from)?,
        };
        Ok(reply.subnets().first().and_then(|subnet| subnet.vpc_id()).map(str::to_owned))
    }

    async fn own_groups(&self, network: Option<&str>, call: &Call) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for wanted in self.settings.security_groups.iter() {
            let key = if wanted.starts_with("sg-") { "group-id" } else { "group-name" };
            let mut filters = vec![filter(key, &[wanted])];
            filters.extend(network.map(|network| filter("vpc-id", &[network])));
            let found = self.groups(&filters, call).await?;
            let region = self.clients.region(&call.watch).await?;
            let place = network.map_or(region, |network| format!("{network} of the subnet"));
            match &found[..] {
                [group] => ids.push(group.group_id().unwrap_or_default().to_owned()),
                [] => {
                    let message = format!("there is no security group `{wanted}` in {place}");
                    return Err(Error::config(message).hint(
                        "security_groups takes ids and names; without it, a temporary one is made",
                    ));
                }
                several => {
                    let found = several.iter().filter_map(|group| group.group_id());
                    let found: Vec<&str> = found.collect();
                    let message =
                        format!("several security groups are named `{wanted}` in {place}");
                    return Err(Error::config(message)
                        .cause(found.join(", "))
                        .hint("give the id, or set subnet"));
                }
            }
        }
        Ok(ids)
    }

    pub(super) async fn groups(
        &self,
        filters: &[aws_sdk_ec2::types::Filter],
        call: &Call,
    ) -> Result<Vec<SecurityGroup>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            let request = ec2.describe_security_groups().set_filters(Some(filters.to_vec()));
            request.into_paginator().items().send().try_collect()
        };
        let sent = self.clients.call(None, "DescribeSecurityGroups", &call.watch, send).await;
        sent.map_err(Error::from)
    }

    async fn temporary_group(
        &self,
        network: Option<&str>,
        ranges: &[String],
        launch: &Launch,
        call: &Call,
    ) -> Result<String> {
        let name = format!("{}-{}", tags::run_name(call), launch.role);
        let intent =
            call.ledger.intend(ResourceKind::SecurityGroup, &launch.role, &[("name", &name)])?;
        let id = match intent.id {
            Some(id) => id,
            None => {
                let id = self.make_group(&name, network, launch, call).await?;
                call.ledger.created(&intent.token, &id, &[])?;
                id
            }
        };
        let permission = permission(ranges);
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.authorize_security_group_ingress()
                .group_id(&id)
                .ip_permissions(permission.clone())
                .send()
        };
        let action = "AuthorizeSecurityGroupIngress";
        match self.clients.call(None, action, &call.watch, send).await {
            Err(fault) if !fault.is("InvalidPermission.Duplicate") => Err(fault.into()),
            _ => Ok(id),
        }
    }

    async fn make_group(
        &self,
        name: &str,
        network: Option<&str>,
        launch: &Launch,
        call: &Call,
    ) -> Result<String> {
        let tags = tags::all(&launch.tags, name, &launch.role, call);
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.create_security_group()
                .group_name(name)
                .description("SSH from where imgctl runs, while it builds an image")
                .set_vpc_id(network.map(str::to_owned))
                .set_tag_specifications(Some(tags::specifications(
                    &tags,
                    &[ResourceType::SecurityGroup],
                )))
                .send()
        };
        match self.clients.call(None, "CreateSecurityGroup", &call.watch, send).await {
            Ok(reply) => Ok(reply.group_id.unwrap_or_default()),
            // An earlier try of ours whose reply was lost: the name has the run in it.
            Err(fault) if fault.is("InvalidGroup.Duplicate") => {
                let filters = [filter("group-name", &[name]), filter(&run_filter(), &[&call.run])];
                let found = self.groups(&filters, call).await?;
                let id = found.first().and_then(|group| group.group_id()).map(str::to_owned);
                id.ok_or_else(|| fault.into())
            }
            Err(fault) if fault.is("VPCIdNotSpecified") => Err(as_config(fault.into_error())
                .hint("there is no default VPC in this region: set subnet")),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Whom the temporary group lets in.
    async fn ranges(&self, call: &Call) -> Result<Vec<String>> {
        let mut ranges = Vec::new();
        for range in self.settings.ssh_from.iter() {
            ranges.push(if range == AUTO { self.caller(call).await? } else { checked(range)? });
        }
        if ranges.is_empty() {
            return Err(Error::config("ssh_from is empty: nobody could connect")
                .hint("set it to auto, or to a range such as 203.0.113.0/24"));
        }
        Ok(ranges)
    }

    /// The public address of this machine, as a range of one.
    async fn caller(&self, call: &Call) -> Result<String> {
        if self.settings.address == Some(Address::Private) {
            return Err(Error::config("ssh_from is `auto`, but address is `private`")
                .cause("inside the VPC, this machine's public address is not the one it comes from")
                .hint("set ssh_from to the range you connect from, such as the VPC's"));
        }
        let url = &self.settings.public_address_url;
        let request =
            Request::new(reqwest::Method::GET, url, "ask for this machine's public address");
        let hint = "set ssh_from to the range you connect from, such as 203.0.113.7/32";
        let response = Http::new(|builder| builder)?.send(&request, &call.watch).await;
        let response = response.map_err(|error| error.hint(hint))?;
        let text = String::from_utf8_lossy(&response.body).trim().to_owned();
        match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) if response.status.is_success() => Ok(format!("{address}/32")),
            Ok(IpAddr::V6(address)) if response.status.is_success() => Ok(format!("{address}/128")),
            _ => Err(Error::failed(format!("{url} does not tell this machine's public address"))
                .cause(format!(
                    "{}: {}",
                    response.status,
                    text.chars().take(80).collect::<String>()
                ))
                .hint(hint)),
        }
    }

    /// What is gone already is fine.
    pub(super) async fn delete_group(&self, id: &str, call: &Call) -> Result<()> {
        let what = format!("security group {id} to be deleted");
        // The network interfaces of a terminated instance go a little later than it does.
        wait::until(&what, self.patience(self.settings.stop_timeout), &call.watch, || async {
            let send = |ec2: aws_sdk_ec2::Client| ec2.delete_security_group().group_id(id).send();
            match self.clients.call(None, "DeleteSecurityGroup", &call.watch, send).await {
                Ok(_) => {}
                Err(fault) if fault.is_not_found() => return Ok(Poll::Ready(())),
                Err(fault) if fault.is_any(&["DependencyViolation", "InvalidGroup.InUse"]) => {
                    return Ok(Poll::Pending("something still uses it".to_owned()));
                }
                Err(fault) => return Err(fault.into()),
            }
            let left = self.groups(&[filter("group-id", &[id])], call).await?;
            Ok(if left.is_empty() { Poll::Ready(()) } else { Poll::Pending("still there".into()) })
        })
        .await
    }
}

/// The filter on the run's tag.
pub fn run_filter() -> String {
    format!("tag:{RUN_TAG}")
}

fn permission(ranges: &[String]) -> IpPermission {
    let what = "SSH for imgctl";
    let (six, four): (Vec<&String>, Vec<&String>) =
        ranges.iter().partition(|range| range.contains(':'));
    let four =
        four.into_iter().map(|range| IpRange::builder().cidr_ip(range).description(what).build());
    let six = six
        .into_iter()
        .map(|range| Ipv6Range::builder().cidr_ipv6(range).description(what).build());
    let builder = IpPermission::builder().ip_protocol("tcp").from_port(SSH).to_port(SSH);
    let builder = four.fold(builder, |builder, range| builder.ip_ranges(range));
    six.fold(builder, |builder, range| builder.ipv6_ranges(range)).build()
}

/// A range as EC2 takes it; a single address is a range of one.
fn checked(range: &str) -> Result<String> {
    let parsed = range.parse::<IpNet>().or_else(|_| range.parse::<IpAddr>().map(IpNet::from));
    parsed.map(|range| range.trunc().to_string()).map_err(|_| {
        Error::config(format!("ssh_from: `{range}` is no range of addresses"))
            .hint("write auto, or a range such as 203.0.113.0/24")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_checked_before_anything_is_made() {
        assert_eq!(checked("203.0.113.7").unwrap(), "203.0.113.7/32");
        assert_eq!(checked("10.1.2.3/8").unwrap(), "10.0.0.0/8");
        assert_eq!(checked("2001:db8::/32").unwrap(), "2001:db8::/32");
        for wrong in ["everybody", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", ""] {
            assert!(checked(wrong).is_err(), "{wrong}");
        }
    }
}
