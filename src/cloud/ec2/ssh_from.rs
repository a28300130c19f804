//! The setting `ssh_from`: the ranges of addresses that may connect to an instance by SSH.

use std::net::IpAddr;

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range};
use ipnet::IpNet;

use super::provider::Ec2;
use crate::cloud::Call;
use crate::cloud::http::{Http, Request};
use crate::config::ec2::Address;
use crate::{Error, Result};

/// The value that stands for the public address of this machine.
const AUTO: &str = "auto";
const SSH: i32 = 22;
/// How many characters of an unexpected answer an error shows.
const SHOWN: usize = 80;

impl Ec2 {
    /// The ranges to open the temporary group to.
    pub(super) async fn ssh_ranges(&self, call: &Call) -> Result<Vec<String>> {
        let mut ranges = Vec::new();
        for range in self.settings.ssh_from.iter() {
            ranges.push(if range == AUTO { self.caller(call).await? } else { checked(range)? });
        }
        if ranges.is_empty() {
            return Err(Error::config("ssh_from is empty: nobody could connect")
                .hint("set it to `auto`, or to a range such as 203.0.113.0/24"));
        }
        Ok(ranges)
    }

    /// The public address of this machine, as a range of one.
    async fn caller(&self, call: &Call) -> Result<String> {
        if self.settings.address == Some(Address::Private) {
            return Err(Error::config("ssh_from is `auto`, but address is `private`")
                .cause("inside the VPC, connections do not come from this machine's public address")
                .hint("set `ssh_from` to the range you connect from, such as the VPC's"));
        }
        let url = &self.settings.public_address_url;
        let purpose = "find out this machine's public address";
        let request = Request::new(reqwest::Method::GET, url, purpose);
        let hint = "set `ssh_from` to the range you connect from, such as 203.0.113.7/32";
        let response = Http::new(|builder| builder)?.send(&request, &call.watch).await;
        let response = response.map_err(|error| error.hint(hint))?;
        let text = String::from_utf8_lossy(&response.body).trim().to_owned();
        match text.parse::<IpAddr>() {
            Ok(address) if response.status.is_success() => Ok(IpNet::from(address).to_string()),
            _ => {
                let shown: String = text.chars().take(SHOWN).collect();
                let message = format!("{url} did not return this machine's public address");
                Err(Error::failed(message)
                    .cause(format!("{}: {shown}", response.status))
                    .hint(hint))
            }
        }
    }
}

/// The rule that allows SSH from these ranges.
pub fn permission(ranges: &[String]) -> IpPermission {
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

/// A range in the form that EC2 accepts; a single address becomes a range of one.
fn checked(range: &str) -> Result<String> {
    let parsed = range.parse::<IpNet>().or_else(|_| range.parse::<IpAddr>().map(IpNet::from));
    parsed.map(|range| range.trunc().to_string()).map_err(|_| {
        Error::config(format!("ssh_from: `{range}` is not a range of addresses"))
            .hint("use `auto`, or a range such as 203.0.113.0/24")
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
