//! What kind of system a host runs, from its os-release file.

use std::collections::HashMap;

use rhai::Map;

use crate::{Error, Result};

/// Which `ID` or `ID_LIKE` means which family.
const FAMILIES: &[(&str, &[&str])] = &[
    ("debian", &["debian", "ubuntu"]),
    ("redhat", &["rhel", "fedora", "centos", "rocky", "almalinux", "amzn"]),
    ("suse", &["suse", "opensuse", "sles"]),
    ("arch", &["arch"]),
    ("alpine", &["alpine"]),
];

/// `#{ id, version, family, arch }` from `cat /etc/os-release; uname -m`.
pub fn os_facts(text: &str) -> Result<Map> {
    let mut lines: Vec<&str> = text.lines().collect();
    let arch = lines.pop().unwrap_or_default().trim().to_string();
    let values: HashMap<&str, &str> = lines
        .iter()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim().trim_matches(['"', '\''])))
        .collect();
    let id = values.get("ID").copied().unwrap_or_default();
    if id.is_empty() || arch.is_empty() {
        return Err(Error::failed("cannot tell what operating system the host runs")
            .cause("/etc/os-release has no ID")
            .hint("imgctl knows systems that have an os-release file, as all with systemd do"));
    }
    let like = values.get("ID_LIKE").copied().unwrap_or_default();
    let names: Vec<&str> = std::iter::once(id).chain(like.split_whitespace()).collect();
    let family = FAMILIES
        .iter()
        .find(|(_, members)| names.iter().any(|name| members.contains(name)))
        .map_or(id, |(family, _)| family);
    let version = values.get("VERSION_ID").copied().unwrap_or_default();
    let facts = [("id", id), ("version", version), ("family", family), ("arch", &arch)];
    Ok(facts.into_iter().map(|(key, value)| (key.into(), value.to_string().into())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_families_by_likeness() {
        let facts =
            os_facts("ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos\"\nx86_64").unwrap();
        assert_eq!(facts["family"].to_string(), "redhat");
        assert_eq!(facts["version"].to_string(), "9.4");
        assert_eq!(facts["arch"].to_string(), "x86_64");
    }

    #[test]
    fn refuses_what_is_no_os_release() {
        assert!(os_facts("x86_64").is_err());
    }
}
