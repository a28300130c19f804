//! Which of a server's addresses SSH connects to.

use std::net::IpAddr;

use super::catalogue::Service;
use super::compute::addresses::{Address, Addresses};
use super::compute::servers::Server;
use super::network::own_address::is_public;
use super::provider::OpenStack;
use crate::cloud::{Call, Instance};
use crate::config::openstack::Address as Wanted;
use crate::config::switch::Switch;
use crate::report::Level;
use crate::{Error, Result};

/// Refuses to wait for a floating address that the server will not get.
///
/// # Errors
/// `Config` if `address` is `floating` and nothing gives the server a floating address.
pub async fn check(cloud: &OpenStack, call: &Call) -> Result<()> {
    let settings = &cloud.settings;
    let may_get_one = !matches!(settings.floating_ip, None | Some(Switch::Off));
    if settings.address != Wanted::Floating || may_get_one {
        return Ok(());
    }
    // Without neutron, nova may give every server one.
    if !cloud.client.has(Service::Network, &call.watch).await? {
        return Ok(());
    }
    let error = Error::config("`address` is `floating`, but the server gets no floating address");
    Err(error.hint(match cloud.differences.networks {
        true => "set `floating_ip: true`, or `address: auto`",
        false => "set `address: auto`",
    }))
}

/// Says at once that cloud-init may find no user data, and so install no key: few metadata services answer by IPv6.
/// Source: <https://specs.openstack.org/openstack/neutron-specs/specs/ussuri/metadata-over-ipv6.html>
pub async fn warn_ipv6_only(cloud: &OpenStack, instance: &Instance, call: &Call) -> Result<()> {
    let is_v6 = instance.address.as_ref().is_some_and(|address| address.contains(':'));
    if !is_v6 || cloud.settings.config_drive.is_some() || !cloud.differences.networks {
        return Ok(());
    }
    let server = cloud.server(&instance.id, call).await?;
    if server.addresses.iter().any(|(_, address)| address.version == 4) {
        return Ok(());
    }
    let message = format!(
        "server {} has IPv6 addresses only, and many clouds give user data by IPv4 alone: if nobody can log \
         in, set `config_drive: true` and run `imgctl destroy up`",
        server.name
    );
    call.watch.report.log(Level::Warning, &message);
    Ok(())
}

/// The kind of address in words: `a floating address`.
pub fn name(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Auto => "an address",
        Wanted::Floating => "a floating address",
        Wanted::PublicV4 => "a public IPv4 address",
        Wanted::PublicV6 => "a public IPv6 address",
        Wanted::Fixed => "a fixed address",
    }
}

/// A server's addresses for a message: `10.0.0.5 (fixed, private)`.
pub fn list(server: &Server) -> Vec<String> {
    let one = |(network, address): (&str, &Address)| {
        let kind = address.kind.as_deref().map(|kind| format!("{kind}, ")).unwrap_or_default();
        format!("{} ({kind}{network})", address.addr)
    };
    server.addresses.iter().map(one).collect()
}

/// Whether the whole Internet reaches the server at one of its addresses.
pub fn is_reachable(server: &Server) -> bool {
    let known = |address: &Address| address.addr.parse::<IpAddr>().is_ok_and(is_public);
    let access = server.access.as_deref().and_then(|address| address.parse::<IpAddr>().ok());
    let mut all = server.addresses.iter();
    access.is_some_and(is_public)
        || all.any(|(_, address)| address.kind.as_deref() == Some("floating") || known(address))
}

/// The address of the wanted kind, of several the one of the first interface. None: the server has
/// none of that kind, or not yet. `access` is the address that the cloud says to use.
pub fn choose(addresses: &Addresses, access: Option<&str>, wanted: Wanted) -> Option<String> {
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
    let access = || access.filter(|address| !address.is_empty()).map(str::to_owned);
    let public_v4 = || first(&|address| public(address, 4));
    let public_v6 = || first(&|address| public(address, 6));
    let fixed = || {
        let of = |version| first(&|address| !is_floating(address) && address.version == version);
        of(4).or_else(|| of(6))
    };
    match wanted {
        Wanted::Auto => {
            floating().or_else(access).or_else(public_v4).or_else(public_v6).or_else(fixed)
        }
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
    fn floating_comes_before_public_and_public_before_fixed() {
        let of = |list: &[(&str, u8, &str)]| choose(&addresses(list), None, Wanted::Auto);
        let (fixed, floating) = (("10.0.0.5", 4, "fixed"), ("172.24.4.9", 4, "floating"));
        let (v4, v6) = (("198.51.100.7", 4, "fixed"), ("2001:db8::7", 6, "fixed"));
        assert_eq!(of(&[fixed, v6, v4, floating]).unwrap(), "172.24.4.9");
        assert_eq!(of(&[fixed, v6, v4]).unwrap(), "198.51.100.7");
        assert_eq!(of(&[fixed, v6]).unwrap(), "2001:db8::7");
        assert_eq!(of(&[("fd00::5", 6, "fixed"), fixed]).unwrap(), "10.0.0.5");
        assert_eq!(of(&[]), None);
        let named = |list: &[(&str, u8, &str)]| {
            choose(&addresses(list), Some("198.51.100.9"), Wanted::Auto).unwrap()
        };
        assert_eq!(named(&[fixed, v4]), "198.51.100.9");
        assert_eq!(named(&[fixed, floating]), "172.24.4.9");
        assert_eq!(choose(&addresses(&[v4]), Some(""), Wanted::Auto).unwrap(), "198.51.100.7");
    }

    #[test]
    fn another_kind_of_address_is_not_taken() {
        let list = addresses(&[("10.0.0.5", 4, "fixed")]);
        assert_eq!(choose(&list, None, Wanted::Floating), None);
        assert_eq!(choose(&list, None, Wanted::Fixed).unwrap(), "10.0.0.5");
    }
}
