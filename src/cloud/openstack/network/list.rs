//! Lists of neutron, over all their pages.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::cloud::openstack::catalogue::Service;
use crate::cloud::openstack::client::Client;
use crate::cloud::openstack::pages::is_last;
use crate::cloud::pages::Pages;
use crate::report::Watch;
use crate::{Error, Result};

/// For fields that are null where a driver of neutron or another client left them unset. One of them
/// must not make the whole list unreadable.
pub fn or_default<'de, D, T>(reader: D) -> std::result::Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(reader).map(Option::unwrap_or_default)
}

/// All things of one kind; `kind` is their key in the reply, such as `security_groups`, and `query` is
/// `?key=value` or empty. Neutron may be configured to return pages that nobody asked for.
pub async fn list<T: DeserializeOwned>(
    client: &Client,
    kind: &str,
    query: &str,
    watch: &Watch,
) -> Result<Vec<T>> {
    let first = format!("/{}{query}", kind.replace('_', "-"));
    let purpose = format!("list {}", kind.replace('_', " "));
    let invalid = || Error::failed(format!("cannot {purpose}: the reply does not follow the API"));
    let (mut found, mut path) = (Vec::new(), first.clone());
    let mut seen = Pages::of(&purpose);
    loop {
        let reply: Value = client.get(Service::Network, &path, &purpose, watch).await?;
        let things = reply[kind].as_array().ok_or_else(invalid)?;
        for thing in things {
            found.push(T::deserialize(thing).map_err(|error| invalid().cause(error))?);
        }
        let last = things.last().and_then(|thing| thing["id"].as_str());
        let Some(last) = last.filter(|_| !is_last(reply.get(format!("{kind}_links")))) else {
            return Ok(found);
        };
        seen.next(Some(last))?;
        let joint = if query.is_empty() { '?' } else { '&' };
        path = format!("{first}{joint}marker={last}");
    }
}
