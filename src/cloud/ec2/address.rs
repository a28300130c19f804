//! The address for SSH, which an instance may get a moment after it runs.

use std::time::{Duration, Instant};

use aws_sdk_ec2::types;
use tokio::sync::OnceCell;

use super::provider::Ec2;
use crate::Result;
use crate::cloud::Call;
use crate::config::ec2::Address;

/// How long a public address is waited for where it is not known whether the subnet assigns one.
const UNSURE: Duration = Duration::from_secs(5);

/// Since when an instance runs without a public address, and how long one is waited for.
#[derive(Debug, Default)]
pub struct Arrival(OnceCell<(Instant, Duration)>);

/// Where SSH connects to: the address the settings ask for, else the public one if there is one.
pub fn address(instance: &types::Instance, wanted: Option<Address>) -> Option<String> {
    let given =
        |address: Option<&str>| address.filter(|address| !address.is_empty()).map(str::to_owned);
    let public = || given(instance.public_ip_address());
    let private = || given(instance.private_ip_address());
    match wanted {
        Some(Address::Public) => public(),
        Some(Address::Private) => private(),
        None => public().or_else(private).or_else(|| given(instance.ipv6_address())),
    }
}

impl Ec2 {
    /// Whether an instance that runs has no address for SSH yet. With a private address alone, the public
    /// one may follow: <https://github.com/ClusterHQ/flocker/pull/2237>
    pub(super) async fn lacks_address(
        &self,
        instance: &types::Instance,
        arrival: &Arrival,
        call: &Call,
    ) -> Result<bool> {
        if address(instance, self.settings.address).is_none() {
            return Ok(true);
        }
        let is_public = instance.public_ip_address().is_some_and(|address| !address.is_empty());
        if is_public || self.settings.address.is_some() {
            return Ok(false);
        }
        let begin = || async {
            let limit = match self.assigns_public(instance.subnet_id(), call).await? {
                Some(true) => self.settings.settle_timeout,
                Some(false) => Duration::ZERO,
                None => UNSURE.min(self.settings.settle_timeout),
            };
            Ok::<_, crate::Error>((Instant::now(), limit))
        };
        let (since, limit) = arrival.0.get_or_try_init(begin).await?;
        Ok(since.elapsed() < *limit)
    }

    /// Whether instances in the subnet get a public address. None: that is not known.
    async fn assigns_public(&self, subnet: Option<&str>, call: &Call) -> Result<Option<bool>> {
        let Some(subnet) = subnet else { return Ok(None) };
        let send = |ec2: aws_sdk_ec2::Client| ec2.describe_subnets().subnet_ids(subnet).send();
        match self.clients.call(None, "DescribeSubnets", &call.watch, send).await {
            Ok(reply) => Ok(reply.subnets().first().and_then(|it| it.map_public_ip_on_launch())),
            // Without the permission, the instance is looked at some more times.
            Err(fault) if fault.is_refusal() => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }
}
