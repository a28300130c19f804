//! Texts with a form: what a cloud or SSH would refuse is refused before anything is started.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::one_or_more::OneOrMore;

/// `auto` and ranges of addresses.
pub fn ranges<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMore, D::Error> {
    check_ranges(deserializer, &["auto"])
}

/// `auto`, `none` and ranges of addresses.
pub fn ranges_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMore, D::Error> {
    check_ranges(deserializer, &["auto", "none"])
}

fn check_ranges<'de, D: Deserializer<'de>>(from: D, words: &[&str]) -> Result<OneOrMore, D::Error> {
    let ranges = OneOrMore::deserialize(from)?;
    let fits = |range: &str| {
        words.contains(&range) || range.parse::<IpNet>().is_ok() || range.parse::<IpAddr>().is_ok()
    };
    match ranges.iter().find(|range| !fits(range)) {
        None => Ok(ranges),
        Some(range) => Err(D::Error::custom(format!(
            "`{range}` is not a range of addresses: write {}, or a range such as 203.0.113.0/24",
            words.join(", ")
        ))),
    }
}

/// The name of a channel as a base: `debian12/stable`.
pub fn channel(text: &str) -> Result<(), String> {
    match text.split('/').collect::<Vec<_>>()[..] {
        [distribution, name] if !distribution.is_empty() && !name.is_empty() => Ok(()),
        _ => {
            Err(format!("`channel` is DISTRIBUTION/CHANNEL, such as debian12/stable, not {text:?}"))
        }
    }
}

/// A name or an address of a machine.
pub fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(text) if !is_host(&text) => Err(D::Error::custom(format!(
            "`{text}` is not an address such as 192.0.2.7 or web1.example.com"
        ))),
        // Several colons: an IPv6 address.
        Some(text) if text.contains('@') || text.matches(':').count() == 1 => {
            Err(D::Error::custom(format!(
                "`{text}` is more than an address: give the name in `user:` and the number in `port:`"
            )))
        }
        address => Ok(address),
    }
}

/// Hosts to go through, as `user@host:port`.
pub fn jumps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let hosts = Vec::<String>::deserialize(deserializer)?;
    match hosts.iter().find(|host| !is_jump(host)) {
        None => Ok(hosts),
        Some(host) => Err(D::Error::custom(format!(
            "`{host}` is not a host such as me@bastion.example.com:22"
        ))),
    }
}

fn is_jump(text: &str) -> bool {
    let text = text.strip_prefix("ssh://").unwrap_or(text);
    let (user, place) = text.rsplit_once('@').unwrap_or(("me", text));
    let (host, port) = match place.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return false,
        Some(Some((host, ""))) => (host, None),
        Some(Some((host, after))) => (host, Some(after.strip_prefix(':').unwrap_or("none"))),
        // Several colons: an IPv6 address without a port.
        None => match place.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (place, None),
        },
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    is_login(user) && is_host(host) && port.is_none_or(is_port)
}

/// A name, or an address: no name consists of digits and dots alone.
pub fn is_host(text: &str) -> bool {
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    is_login(text) && (!is_number || text.parse::<IpAddr>().is_ok())
}

/// One word, and none that a program would take for an option.
fn is_login(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Who logs in.
pub fn user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    match name.as_deref().filter(|name| !is_login(name) || name.contains([':', '/'])) {
        None => Ok(name),
        Some(name) => Err(D::Error::custom(format!(
            "`{}` is not a user name: it is one word without `:` and `/`, such as admin",
            name.escape_debug()
        ))),
    }
}

/// A public key, as in a line of `known_hosts` without the name.
pub fn host_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let line = Option::<String>::deserialize(deserializer)?;
    match line.as_deref().filter(|line| ssh_key::PublicKey::from_openssh(line).is_err()) {
        None => Ok(line),
        Some(line) => Err(D::Error::custom(format!(
            "`{}` is not a host key: write it as in known_hosts, without the name: ssh-ed25519 AAAA…",
            line.escape_debug()
        ))),
    }
}

/// A tag for users to set: `prune_images` keeps such an image.
const KEEP: &str = "imgctl-keep";

/// Tags, without those that imgctl sets itself.
pub fn tags<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let tags = BTreeMap::<String, String>::deserialize(from)?;
    for (key, value) in &tags {
        if key.trim().is_empty() || key.contains(char::is_control) {
            let key = key.escape_debug();
            return Err(D::Error::custom(format!("`{key}` cannot be the name of a tag")));
        }
        if key.starts_with("imgctl-") && key != KEEP {
            return Err(D::Error::custom(format!("`{key}` is a tag that imgctl sets itself")));
        }
        if value.contains(char::is_control) {
            return Err(D::Error::custom(format!("the value of `{key}` must be one line")));
        }
    }
    Ok(tags)
}

/// The address of a service.
pub fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    check_url(String::deserialize(deserializer)?)
}

/// The address of a service, if there is one.
pub fn optional_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(from)?.map(check_url).transpose()
}

fn check_url<E: Error>(url: String) -> Result<String, E> {
    let after = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_one_word = !url.contains(|c: char| c.is_whitespace() || c.is_control());
    match after {
        Some(after) if is_one_word && !after.is_empty() && !after.starts_with(['/', ':']) => {
            Ok(url)
        }
        _ => Err(E::custom(format!("`{url}` is not an address that begins with https://"))),
    }
}

/// A whole number, 1 or more.
pub fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
    match Option::<i32>::deserialize(deserializer)? {
        Some(number) if number < 1 => {
            Err(D::Error::custom(format!("must be a whole number, 1 or more, not {number}")))
        }
        number => Ok(number),
    }
}

/// US dollars per hour.
pub fn price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let price = Option::<String>::deserialize(deserializer)?;
    let is_price = |text: &&String| text.parse::<f64>().is_ok_and(|it| it.is_finite() && it > 0.0);
    match price.as_ref().filter(|price| !is_price(price)) {
        None => Ok(price),
        Some(wrong) => Err(D::Error::custom(format!(
            "`{wrong}` is not a price in US dollars per hour, such as \"0.05\""
        ))),
    }
}
