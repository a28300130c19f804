//! The address that this computer reaches the cloud from.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use reqwest::{Method, Url};

use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Error, Result};

const HINT: &str = "set `ssh_from` to the range you connect from, such as 203.0.113.7/32, or \
                    `security_groups` to a group that allows SSH";

/// The address that the cloud sees, as a range of one. `public_url` answers with this computer's
/// public address, for a cloud that is reached through address translation.
///
/// # Errors
/// `Config` if the address cannot be determined, as for a cloud on this computer.
pub async fn own(endpoint: &str, public_url: &str, watch: &Watch) -> Result<String> {
    let url = Url::parse(endpoint).map_err(|_| unknown())?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(unknown());
    };
    let host = host.trim_matches(['[', ']']).to_owned();
    let found = watch.guard(async {
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let mut found =
            found.map_err(|error| Error::failed(format!("cannot look up {host}")).cause(error))?;
        Ok(found.next())
    });
    let cloud = found.await?.ok_or_else(unknown)?;
    let ours = source(cloud).ok_or_else(unknown)?;
    if ours.is_loopback() {
        return Err(unknown());
    }
    let ours = match (is_public(ours), is_public(cloud.ip())) {
        (false, true) => public(public_url, watch).await?,
        _ => ours,
    };
    Ok(IpNet::from(ours).to_string())
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

    #[tokio::test]
    async fn the_address_is_unknown_for_a_cloud_on_the_same_computer() {
        let watch = Watch { report: Arc::new(Silent), cancel: Default::default() };
        let error = own("http://127.0.0.1:8774/v2.1", "", &watch).await.unwrap_err();
        assert!(error.hint_text().unwrap().contains("ssh_from"));
    }
}
