//! What kind of system a host runs, from its os-release file.

use std::collections::HashMap;

use crate::{Error, Result};

/// Which `ID` or `ID_LIKE` means which family.
const FAMILIES: &[(&str, &[&str])] = &[
    ("debian", &["debian", "ubuntu"]),
    ("redhat", &["rhel", "fedora", "centos", "rocky", "almalinux", "amzn"]),
    ("suse", &["suse", "opensuse", "sles"]),
    ("arch", &["arch"]),
    ("alpine", &["alpine"]),
];

/// The family that a name of os-release belongs to. None: it is its own, or none that is known.
#[must_use]
pub fn family_of(id: &str) -> Option<&'static str> {
    let found = FAMILIES.iter().find(|(_, members)| members.contains(&id));
    found.map(|(family, _)| *family)
}

/// The command that reads them.
pub const OS_COMMAND: &str = "cat /etc/os-release; uname -m";

/// What kind of system a host runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Os {
    /// `debian`, `rocky`: the `ID` of os-release.
    pub id: String,
    /// `12`, `9.4`: the `VERSION_ID`; empty on a rolling release.
    pub version: String,
    /// `debian`, `redhat`, `suse`, `arch`, `alpine`; else the id.
    pub family: String,
    /// `x86_64`, `aarch64`: as the kernel calls it.
    pub arch: String,
}

/// The facts in what [`OS_COMMAND`] prints.
pub fn os(text: &str) -> Result<Os> {
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
            .hint(
                "install a distribution with an os-release file, as every one with systemd has",
            ));
    }
    let like = values.get("ID_LIKE").copied().unwrap_or_default();
    let names: Vec<&str> = std::iter::once(id).chain(like.split_whitespace()).collect();
    let family = FAMILIES
        .iter()
        .find(|(_, members)| names.iter().any(|name| members.contains(name)))
        .map_or(id, |(family, _)| family);
    let version = values.get("VERSION_ID").copied().unwrap_or_default();
    Ok(Os { id: id.to_string(), version: version.to_string(), family: family.to_string(), arch })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_families_by_likeness() {
        let facts = os("ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos\"\nx86_64").unwrap();
        assert_eq!(facts.family, "redhat");
        assert_eq!(facts.version, "9.4");
        assert_eq!(facts.arch, "x86_64");
    }

    #[test]
    fn refuses_what_is_no_os_release() {
        assert!(os("x86_64").is_err());
    }
}
