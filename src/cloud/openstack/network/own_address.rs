//! The addresses that this computer reaches the cloud from.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use reqwest::{Method, Url};

use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Error, Result};

const HINT: &str = "set `ssh_from` to the range you connect from, such as 203.0.113.7/32, or \
                    `security_groups` to a group that allows SSH";

/// The addresses that the cloud sees, each as a range of one: that of IPv4 and that of IPv6, as far as the
/// cloud is reached by both. Which of them SSH will use is known only when the server has its addresses.
/// `public_url` answers with this computer's public address, for a cloud that is reached through address
/// translation.
///
/// # Errors
/// `Config` if none can be determined, as for a cloud on this computer.
pub async fn own(endpoint: &str, public_url: &str, watch: &Watch) -> Result<Vec<String>> {
    let url = Url::parse(endpoint).map_err(|_| unknown())?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(unknown());
    };
    let host = host.trim_matches(['[', ']']).to_owned();
    let found = watch.guard(async {
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let found = found.map_err(|error| {
            Error::failed(format!("cannot look up {host}")).cause(error).hint(HINT)
        })?;
        Ok(found.collect::<Vec<SocketAddr>>())
    });
    let found = found.await?;
    let mut ranges: Vec<String> = Vec::new();
    for (cloud, ours) in of_each_family(&found) {
        let ours = match (is_public(ours), is_public(cloud.ip())) {
            (false, true) => public(public_url, watch).await?,
            _ => ours,
        };
        let range = IpNet::from(ours).to_string();
        if !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    if ranges.is_empty() { Err(unknown()) } else { Ok(ranges) }
}

/// The first address of the cloud in each family that this computer has a way to, and its own on that way.
fn of_each_family(cloud: &[SocketAddr]) -> Vec<(SocketAddr, IpAddr)> {
    let first = |is_v4: bool| cloud.iter().copied().find(|address| address.is_ipv4() == is_v4);
    let reached = [first(true), first(false)].into_iter().flatten();
    let with_own = reached.filter_map(|address| Some((address, source(address)?)));
    with_own.filter(|(_, ours)| !ours.is_loopback()).collect()
}

fn unknown() -> Error {
    Error::config("cannot determine the address that SSH will connect from").hint(HINT)
}

/// The address that the service at this URL answers with.
async fn public(url: &str, watch: &Watch) -> Result<IpAddr> {
    let request = Request::new(Method::GET, url, "ask for this computer's public address");
    let response = Http::new(|builder| builder)?.send(&request, watch).await;
    let response = response.map_err(|error| error.hint(HINT))?;
    let text = String::from_utf8_lossy(&response.body).trim().to_owned();
    text.parse().map_err(|_| {
        Error::failed(format!("{url} does not answer with this computer's public address"))
            .hint(HINT)
    })
}

/// The local address of the route to `to`. Nothing is sent.
fn source(to: SocketAddr) -> Option<IpAddr> {
    let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = std::net::UdpSocket::bind(any).ok()?;
    socket.connect(to).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Whether the whole Internet can reach it.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || shared)
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_unicast_link_local()
                || address.is_unique_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use std::sync::Arc;

    #[test]
    fn private_and_shared_addresses_are_not_public() {
        let public = |text: &str| is_public(text.parse().unwrap());
        assert!(public("198.51.100.7") && public("2001:db8::7"));
        assert!(!public("10.0.0.1") && !public("100.64.0.1") && !public("fd00::1"));
    }

    #[test]
    fn this_computer_itself_is_no_way_to_a_cloud() {
        let cloud = ["[::1]:80", "127.0.0.2:80", "127.0.0.3:80"].map(|it| it.parse().unwrap());
        assert_eq!(of_each_family(&cloud), []);
    }

    #[tokio::test]
    async fn the_address_is_unknown_for_a_cloud_on_the_same_computer() {
        let watch = Watch { report: Arc::new(Silent), cancel: Default::default() };
        let error = own("http://127.0.0.1:8774/v2.1", "", &watch).await.unwrap_err();
        assert!(error.hint_text().unwrap().contains("ssh_from"));
    }
}
