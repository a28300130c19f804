//! What a machine has installed, as it was read there.

use serde::Deserialize;

/// The image that a bill is of.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    pub id: String,
    pub name: String,
    /// RFC 3339, UTC.
    pub created: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inventory {
    pub os: System,
    pub packages: Vec<Package>,
}

/// The operating system, from its os-release file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct System {
    pub id: String,
    /// Empty on a rolling release.
    pub version: String,
    pub arch: String,
}

/// Who manages a package.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Deb,
    Rpm,
    Pypi,
    Gem,
}

impl Kind {
    /// As purls and SPDX ids name it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Deb => "deb",
            Kind::Rpm => "rpm",
            Kind::Pypi => "pypi",
            Kind::Gem => "gem",
        }
    }
}

/// An installed package. What is not known is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Package {
    pub kind: Kind,
    pub name: String,
    /// With the epoch, if there is one: `1:2.3-4`.
    pub version: String,
    /// As the package manager names it; of a gem its platform.
    pub arch: String,
    /// The source package that it was built from.
    pub source: String,
    pub source_version: String,
    /// The maintainer or vendor: `Debian OpenSSL Team <team@example.org>`.
    pub supplier: String,
    /// As the package names them.
    pub licences: Vec<String>,
    /// Where it is, if it belongs to no package manager of the system.
    pub path: String,
}

impl Package {
    /// The name and the address in `Name <address>`.
    pub fn supplier(&self) -> (&str, Option<&str>) {
        let whole = self.supplier.trim();
        match whole.rsplit_once('<') {
            Some((name, address)) if !name.trim().is_empty() => {
                (name.trim(), Some(address.trim_end_matches('>').trim()))
            }
            _ => (whole, None),
        }
    }
}
