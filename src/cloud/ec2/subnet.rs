//! The subnets that an instance may be started in, and their network.

use super::provider::Ec2;
use crate::cloud::Call;
use crate::{Error, Result};

/// A subnet of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    pub id: String,
    /// Its instances have no IPv4 address, and reach the metadata service by IPv6.
    pub is_ipv6_only: bool,
}

/// The subnets to try, in this order. Empty: EC2 chooses one of the default VPC.
#[derive(Debug, Default)]
pub struct Subnets {
    pub all: Vec<Subnet>,
    /// Their VPC.
    pub network: Option<String>,
}

impl Subnets {
    /// A subnet without IPv4.
    pub fn ipv6_only(&self) -> Option<&Subnet> {
        self.all.iter().find(|subnet| subnet.is_ipv6_only)
    }

    /// Those to try; one None for EC2's choice.
    pub fn each(&self) -> Vec<Option<&Subnet>> {
        match self.all.is_empty() {
            true => vec![None],
            false => self.all.iter().map(Some).collect(),
        }
    }
}

impl Ec2 {
    /// The subnets of the settings, which must exist and belong to one network: a security group does.
    pub(super) async fn subnets(&self, call: &Call) -> Result<Subnets> {
        let wanted = &self.settings.subnet;
        if wanted.is_empty() {
            return Ok(Subnets::default());
        }
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_subnets().set_subnet_ids(Some(wanted.to_vec())).send()
        };
        let reply = match self.clients.call(None, "DescribeSubnets", &call.watch, send).await {
            Err(fault) if fault.is_not_found() => {
                return Err(fault.into_config().hint("set `subnet` to one of this region"));
            }
            other => other.map_err(Error::from)?,
        };
        let mut subnets = Subnets::default();
        for id in wanted.iter() {
            let found = reply.subnets().iter().find(|known| known.subnet_id() == Some(id));
            let vpc = found.and_then(|found| found.vpc_id()).map(str::to_owned);
            if let (Some(first), Some(other)) = (&subnets.network, &vpc)
                && first != other
            {
                let message = "the subnets in `subnet` belong to different networks";
                return Err(Error::config(message)
                    .cause(format!("{} is in {first}, {id} in {other}", wanted[0]))
                    .hint("set `subnet` to subnets of one VPC"));
            }
            subnets.network = subnets.network.or(vpc);
            let is_ipv6_only = found.and_then(|found| found.ipv6_native()).unwrap_or(false);
            subnets.all.push(Subnet { id: id.clone(), is_ipv6_only });
        }
        Ok(subnets)
    }
}
