//! Which of a server's addresses SSH goes to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::compute::servers::Address;
use super::network::own_address::is_public;
use crate::config::openstack::Address as Wanted;

/// None: the server has no such address (yet).
pub fn choose(addresses: &BTreeMap<String, Vec<Address>>, wanted: Wanted) -> Option<String> {
    let all: Vec<&Address> = addresses.values().flatten().collect();
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

    fn addresses(list: &[(&str, u8, &str)]) -> BTreeMap<String, Vec<Address>> {
        let one = |(addr, version, kind): &(&str, u8, &str)| Address {
            addr: (*addr).to_owned(),
            version: *version,
            kind: Some((*kind).to_owned()),
        };
        BTreeMap::from([("net".to_owned(), list.iter().map(one).collect())])
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
