//! What a base of a suite is made of: packages and sources. The differences are tables.

use crate::cloud::local::machine::Machine;
use crate::config::local::{Base, Mmdebstrap};
use crate::{Error, Result};

/// Raised whenever a built base would come out different, so that cached ones are built anew.
pub const VERSION: u32 = 1;

/// A family of suites.
struct Family {
    hostname: &'static str,
    mirror: &'static str,
    security: &'static str,
    /// Before the architecture, if that is part of the name.
    kernel: fn(&str) -> String,
}

const DEBIAN: Family = Family {
    hostname: "debian",
    mirror: "http://deb.debian.org/debian",
    security: "http://deb.debian.org/debian-security",
    kernel: |architecture| format!("linux-image-cloud-{architecture}"),
};

const UBUNTU: Family = Family {
    hostname: "ubuntu",
    mirror: "http://archive.ubuntu.com/ubuntu",
    security: "http://security.ubuntu.com/ubuntu",
    kernel: |_| "linux-image-virtual".to_owned(),
};

/// What every base has besides the essential packages and a kernel.
const PACKAGES: [&str; 20] = [
    "ca-certificates",
    // Not used here, but a machine elsewhere gets its keys through it.
    "cloud-init",
    "dbus",
    "e2fsprogs",
    "grub-pc-bin",
    "grub2-common",
    "initramfs-tools",
    "iproute2",
    "kmod",
    "less",
    "libpam-systemd",
    "netbase",
    "openssh-server",
    "procps",
    "sudo",
    "systemd",
    "systemd-resolved",
    "systemd-sysv",
    "udev",
    "zstd",
];

/// Distribution, suite, family, packages only this suite has.
const SUITES: [(&str, &str, &Family, &[&str]); 4] = [
    ("debian12", "bookworm", &DEBIAN, &[]),
    ("debian13", "trixie", &DEBIAN, &["systemd-repart"]),
    ("ubuntu2404", "noble", &UBUNTU, &[]),
    ("ubuntu2604", "resolute", &UBUNTU, &["systemd-repart"]),
];

/// Everything mmdebstrap is told about what to install from where.
pub struct Recipe {
    pub hostname: &'static str,
    pub packages: Vec<String>,
    /// Lines of `sources.list`.
    pub sources: Vec<String>,
}

/// The base of a distribution that has none in the settings.
pub fn base_of(distribution: &str) -> Result<Base> {
    let suite = SUITES.iter().find(|(name, ..)| *name == distribution).map(|(_, suite, ..)| suite);
    let Some(suite) = suite else {
        let known: Vec<&str> = SUITES.iter().map(|(name, ..)| *name).collect();
        return Err(Error::config(format!(
            "the local cloud has no base image for distribution {distribution}"
        ))
        .hint(format!(
            "set `base: {{url, sha256}}` (a vendor's cloud image) for it under clouds.local, or \
             use one that is built here: {}",
            known.join(", ")
        )));
    };
    Ok(Base::Mmdebstrap(Mmdebstrap {
        suite: (*suite).to_owned(),
        mirror: None,
        security: None,
        components: vec!["main".to_owned()],
        packages: Vec::new(),
        kernel: None,
    }))
}

pub fn of(wanted: &Mmdebstrap, machine: Machine) -> Result<Recipe> {
    let suite = &wanted.suite;
    let known = SUITES.iter().find(|(_, name, ..)| name == suite);
    let (family, extra) = match (known, &wanted.mirror) {
        (Some((_, _, family, extra)), _) => (*family, *extra),
        (None, Some(mirror)) if mirror.contains("ubuntu") => (&UBUNTU, &[][..]),
        (None, Some(_)) => (&DEBIAN, &[][..]),
        (None, None) => {
            return Err(Error::config(format!("suite {suite:?} is not known"))
                .hint("set its `mirror` too, or use bookworm, trixie, noble or resolute"));
        }
    };
    let mut packages: Vec<String> =
        PACKAGES.into_iter().chain(extra.iter().copied()).map(str::to_owned).collect();
    packages.push(wanted.kernel.clone().unwrap_or_else(|| (family.kernel)(machine.debian)));
    packages.extend(wanted.packages.iter().cloned());
    let mirror = wanted.mirror.as_deref().unwrap_or(family.mirror).trim_end_matches('/');
    let security = match (&wanted.security, &wanted.mirror) {
        (Some(security), _) => security.clone(),
        // Debian's mirrors keep the two side by side, Ubuntu's in one.
        (None, Some(mirror)) if mirror.trim_end_matches('/').ends_with("/debian") => {
            format!("{}-security", mirror.trim_end_matches('/'))
        }
        (None, Some(mirror)) => mirror.clone(),
        (None, None) => family.security.to_owned(),
    };
    let components = wanted.components.join(" ");
    Ok(Recipe {
        hostname: family.hostname,
        packages,
        sources: vec![
            format!("deb {mirror} {suite} {components}"),
            format!("deb {mirror} {suite}-updates {components}"),
            format!("deb {security} {suite}-security {components}"),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_12_comes_from_its_mirror_with_security_updates() {
        let Base::Mmdebstrap(wanted) = base_of("debian12").unwrap() else { panic!("not built") };
        let recipe = of(&wanted, Machine::of(Some("x86_64")).unwrap()).unwrap();
        assert_eq!(
            recipe.sources,
            [
                "deb http://deb.debian.org/debian bookworm main",
                "deb http://deb.debian.org/debian bookworm-updates main",
                "deb http://deb.debian.org/debian-security bookworm-security main",
            ]
        );
        assert!(recipe.packages.contains(&"linux-image-cloud-amd64".to_owned()));
    }

    #[test]
    fn one_mirror_serves_security_updates_too() {
        let Base::Mmdebstrap(mut wanted) = base_of("debian12").unwrap() else {
            panic!("not built")
        };
        wanted.mirror = Some("http://mirror.internal/debian/".into());
        let recipe = of(&wanted, Machine::of(Some("x86_64")).unwrap()).unwrap();
        assert_eq!(
            recipe.sources[2],
            "deb http://mirror.internal/debian-security bookworm-security main"
        );
    }

    #[test]
    fn a_distribution_without_a_base_is_told_what_to_set() {
        let error = base_of("centos7").unwrap_err();
        assert!(error.message().contains("centos7"), "{error}");
        assert!(error.hint_text().unwrap().contains("debian12"), "{error:?}");
    }
}
