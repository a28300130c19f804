//! Host keys that were accepted on first use are pinned at an address. Instances change theirs.

use std::collections::BTreeMap;

use crate::state::InstanceRecord;

/// The address at which an instance's key is pinned; `port` is the configured SSH port, if any.
pub fn address(record: &InstanceRecord, port: Option<u16>) -> Option<String> {
    let (host, port) = (record.address.as_ref()?, port.unwrap_or(record.ssh_port));
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    Some(format!("{host}:{port}"))
}

/// Moves the pin of an instance to its current address, or removes it if the instance has new keys:
/// the cloud may give the old address to another machine.
pub fn follow(
    pinned: &mut BTreeMap<String, String>,
    before: Option<String>,
    after: Option<String>,
    same_keys: bool,
) {
    if before == after && same_keys {
        return;
    }
    let key = before.and_then(|before| pinned.remove(&before));
    if let (Some(key), Some(after), true) = (key, after, same_keys) {
        pinned.insert(after, key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_goes_where_its_instance_goes() {
        let old = || Some("192.0.2.1:22".to_owned());
        let new = || Some("192.0.2.2:22".to_owned());
        let after = |before, after, same_keys| {
            let mut pinned = BTreeMap::from([("192.0.2.1:22".to_owned(), "key".to_owned())]);
            follow(&mut pinned, before, after, same_keys);
            pinned.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(after(old(), old(), true), ["192.0.2.1:22"]);
        assert_eq!(after(old(), new(), true), ["192.0.2.2:22"]);
        assert!(after(old(), old(), false).is_empty());
        assert!(after(old(), new(), false).is_empty());
        assert_eq!(after(None, new(), true), ["192.0.2.1:22"], "that of another machine");
    }

    #[test]
    fn the_address_is_written_as_ssh_does() {
        let at = |host: &str| InstanceRecord {
            address: Some(host.to_owned()),
            ssh_port: 22,
            ..InstanceRecord::default()
        };
        assert_eq!(address(&at("192.0.2.1"), None).unwrap(), "192.0.2.1:22");
        assert_eq!(address(&at("2001:db8::1"), Some(2222)).unwrap(), "[2001:db8::1]:2222");
        assert_eq!(address(&InstanceRecord::default(), None), None);
    }
}
