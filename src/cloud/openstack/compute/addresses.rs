//! A server's addresses.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

#[derive(Debug, Clone, Deserialize)]
pub struct Address {
    pub addr: String,
    pub version: u8,
    #[serde(rename = "OS-EXT-IPS:type", default)]
    pub kind: Option<String>,
}

/// Addresses with the names of their networks, in the order of the server's interfaces, which is
/// nova's.
#[derive(Debug, Clone, Default)]
pub struct Addresses(Vec<(String, Address)>);

impl Addresses {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Address)> {
        self.0.iter().map(|(network, address)| (network.as_str(), address))
    }
}

impl FromIterator<(String, Address)> for Addresses {
    fn from_iter<I: IntoIterator<Item = (String, Address)>>(addresses: I) -> Addresses {
        Addresses(addresses.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A map that keeps the order of its keys.
        let networks: Option<Map<String, Value>> = Option::deserialize(deserializer)?;
        let mut all = Vec::new();
        for (network, addresses) in networks.into_iter().flatten() {
            let addresses: Vec<Address> =
                serde_json::from_value(addresses).map_err(serde::de::Error::custom)?;
            all.extend(addresses.into_iter().map(|address| (network.clone(), address)));
        }
        Ok(Addresses(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_interfaces_is_kept() {
        let text = r#"{"storage": [{"addr": "10.1.0.5", "version": 4}],
            "build": [{"addr": "10.0.0.5", "version": 4}, {"addr": "fd00::5", "version": 6}]}"#;
        let addresses: Addresses = serde_json::from_str(text).unwrap();
        let all: Vec<_> =
            addresses.iter().map(|(network, it)| (network, it.addr.as_str())).collect();
        assert_eq!(all, [("storage", "10.1.0.5"), ("build", "10.0.0.5"), ("build", "fd00::5")]);
        assert!(serde_json::from_str::<Addresses>("null").unwrap().iter().next().is_none());
    }
}
