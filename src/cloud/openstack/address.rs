//! Which of a server's addresses SSH goes to.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::catalogue::Service;
use super::compute::addresses::{Address, Addresses};
use super::compute::servers::Server;
use super::network::own_address::is_public;
use super::{OpenStack, power};
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Instance};
use crate::config::openstack::Address as Wanted;
use crate::{Code, Error, Result};

/// How long a server that runs may have other addresses only: nova asks neutron once a minute.
const LAG: SignedDuration = SignedDuration::from_mins(2);

/// Refuses to wait for a floating address that nothing would give.
pub async fn check(cloud: &OpenStack, call: &Call) -> Result<()> {
    let settings = &cloud.settings;
    if settings.address != Wanted::Floating || settings.floating_ip {
        return Ok(());
    }
    // Without neutron, nova may give every server one.
    if !cloud.client.has(Service::Network, &call.watch).await? {
        return Ok(());
    }
    let error = Error::config("address is `floating`, and the server gets no floating address");
    Err(error.hint(match cloud.habits.networks {
        true => "set `floating_ip: true`, or `address: auto`",
        false => "set `address: auto`",
    }))
}

/// Waits until a server that runs has the address that is wanted.
pub async fn await_wanted(cloud: &OpenStack, id: &str, call: &Call) -> Result<Instance> {
    let settings = &cloud.settings;
    let patience = power::patience(settings.start_timeout);
    let what = format!("server {id} to have an address");
    let any = wait::until(&what, patience, &call.watch, || async {
        Ok(match power::look(cloud, id, call).await? {
            Poll::Ready(server) if list(&server).is_empty() => {
                Poll::Pending(format!("{}, but without an address", server.progress()))
            }
            other => other,
        })
    });
    any.await
        .map_err(|error| advised(error, "is it in a network that has a subnet? see `networks`"))?;
    let what = format!("server {id} to have {}", name(settings.address));
    let patience = power::patience(settings.start_timeout.min(LAG));
    let wanted = wait::until(&what, patience, &call.watch, || async {
        Ok(match power::look(cloud, id, call).await? {
            Poll::Pending(status) => Poll::Pending(status),
            Poll::Ready(server) => {
                let instance = cloud.instance(&server);
                match instance.address {
                    Some(_) => Poll::Ready(instance),
                    None => Poll::Pending(format!("it has {}", list(&server).join(", "))),
                }
            }
        })
    });
    let hint = "set `address` to what it has, or to `auto`; the same command then goes on with it";
    wanted.await.map_err(|error| advised(error, hint))
}

fn advised(error: Error, hint: &str) -> Error {
    if error.code() == Code::Timeout { error.hint(hint) } else { error }
}

fn name(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Auto => "an address",
        Wanted::Floating => "a floating address",
        Wanted::PublicV4 => "a public IPv4 address",
        Wanted::PublicV6 => "a public IPv6 address",
        Wanted::Fixed => "a fixed address",
    }
}

/// `10.0.0.5 (fixed, private)`
fn list(server: &Server) -> Vec<String> {
    let one = |(network, address): (&str, &Address)| {
        let kind = address.kind.as_deref().map(|kind| format!("{kind}, ")).unwrap_or_default();
        format!("{} ({kind}{network})", address.addr)
    };
    server.addresses.iter().map(one).collect()
}

/// None: the server has no such address (yet). Of equals it is the one of the first interface.
pub fn choose(addresses: &Addresses, wanted: Wanted) -> Option<String> {
    let all: Vec<&Address> = addresses.iter().map(|(_, address)| address).collect();
    let first = |fits: &dyn Fn(&Address) -> bool| {
        all.iter().find(|address| fits(address)).map(|address| address.addr.clone())
    };
    let is_floating = |address: &Address| address.kind.as_deref() == Some("floating");
    let public = |address: &Address, version: u8| {
        let known = address.addr.parse::<IpAddr>();
        address.version == version && known.is_ok_and(is_public)
    };
    let floating = || first(&|address| is_floating(address));
    let public_v4 = || first(&|address| public(address, 4));
    let public_v6 = || first(&|address| public(address, 6));
    let fixed = || {
        let of = |version| first(&|address| !is_floating(address) && address.version == version);
        of(4).or_else(|| of(6))
    };
    match wanted {
        Wanted::Auto => floating().or_else(public_v4).or_else(public_v6).or_else(fixed),
        Wanted::Floating => floating(),
        Wanted::PublicV4 => public_v4(),
        Wanted::PublicV6 => public_v6(),
        Wanted::Fixed => fixed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[(&str, u8, &str)]) -> Addresses {
        let one = |(addr, version, kind): &(&str, u8, &str)| {
            let (addr, kind) = ((*addr).to_owned(), Some((*kind).to_owned()));
            ("net".to_owned(), Address { addr, version: *version, kind })
        };
        list.iter().map(one).collect()
    }

    #[test]
    fn floating_then_public_then_fixed() {
        let of = |list: &[(&str, u8, &str)]| choose(&addresses(list), Wanted::Auto);
        let (fixed, floating) = (("10.0.0.5", 4, "fixed"), ("172.24.4.9", 4, "floating"));
        let (v4, v6) = (("198.51.100.7", 4, "fixed"), ("2001:db8::7", 6, "fixed"));
        assert_eq!(of(&[fixed, v6, v4, floating]).unwrap(), "172.24.4.9");
        assert_eq!(of(&[fixed, v6, v4]).unwrap(), "198.51.100.7");
        assert_eq!(of(&[fixed, v6]).unwrap(), "2001:db8::7");
        assert_eq!(of(&[("fd00::5", 6, "fixed"), fixed]).unwrap(), "10.0.0.5");
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn what_was_chosen_is_waited_for() {
        let list = addresses(&[("10.0.0.5", 4, "fixed")]);
        assert_eq!(choose(&list, Wanted::Floating), None);
        assert_eq!(choose(&list, Wanted::Fixed).unwrap(), "10.0.0.5");
    }
}
