//! Packages and sources of a base, by suite.

use crate::cloud::local::machine::Machine;
use crate::config::local::{Base, Mmdebstrap};
use crate::{Error, Result};

/// Raised whenever a built base would differ, so that cached ones are built again.
pub const VERSION: u32 = 1;

/// A family of suites.
struct Family {
    hostname: &'static str,
    /// The kernel package for an architecture.
    kernel: fn(&str) -> String,
}

const DEBIAN: Family = Family {
    hostname: "debian",
    kernel: |architecture| format!("linux-image-cloud-{architecture}"),
};

const UBUNTU: Family = Family { hostname: "ubuntu", kernel: |_| "linux-image-virtual".to_owned() };

/// Packages of every base besides the essential ones and a kernel.
const PACKAGES: [&str; 20] = [
    "ca-certificates",
    // On other clouds it passes the keys to a machine.
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

/// Distribution, suite, family, packages of this suite only.
const SUITES: [(&str, &str, &Family, &[&str]); 4] = [
    ("debian12", "bookworm", &DEBIAN, &[]),
    ("debian13", "trixie", &DEBIAN, &["systemd-repart"]),
    ("ubuntu2404", "noble", &UBUNTU, &[]),
    ("ubuntu2604", "resolute", &UBUNTU, &["systemd-repart"]),
];

/// The packages for mmdebstrap, and their sources.
pub struct Recipe {
    pub hostname: &'static str,
    pub packages: Vec<String>,
    /// Lines of `sources.list`; empty for the mirror that mmdebstrap has for the suite.
    pub sources: Vec<String>,
}

/// The base of a distribution without one in the settings.
///
/// # Errors
/// `Config` if the distribution is not in the table.
pub fn base_of(distribution: &str) -> Result<Base> {
    let suite = SUITES.iter().find(|(name, ..)| *name == distribution).map(|(_, suite, ..)| suite);
    let Some(suite) = suite else {
        let known: Vec<&str> = SUITES.iter().map(|(name, ..)| *name).collect();
        return Err(Error::config(format!(
            "cloud local has no base image for distribution {distribution}"
        ))
        .hint(format!(
            "set `base: {{url, sha256}}` (a vendor's cloud image) for it under clouds.local, or \
             choose a distribution that is built on this machine: {}",
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
                .hint("set its `mirror`, too, or choose bookworm, trixie, noble or resolute"));
        }
    };
    let mut packages: Vec<String> =
        PACKAGES.into_iter().chain(extra.iter().copied()).map(str::to_owned).collect();
    packages.push(wanted.kernel.clone().unwrap_or_else(|| (family.kernel)(machine.debian)));
    packages.extend(wanted.packages.iter().cloned());
    Ok(Recipe { hostname: family.hostname, packages, sources: sources(wanted)? })
}

fn sources(wanted: &Mmdebstrap) -> Result<Vec<String>> {
    let Some(mirror) = wanted.mirror.as_deref().map(|mirror| mirror.trim_end_matches('/')) else {
        return match &wanted.security {
            None => Ok(Vec::new()),
            Some(_) => Err(Error::config("`security` is set without `mirror`")
                .hint("set both, or neither for the distribution's own")),
        };
    };
    let security = match &wanted.security {
        Some(security) => security.clone(),
        // Debian's mirrors have security updates in a folder beside, Ubuntu's in the same.
        None if mirror.ends_with("/debian") => format!("{mirror}-security"),
        None => mirror.to_owned(),
    };
    let (suite, components) = (&wanted.suite, wanted.components.join(" "));
    Ok(vec![
        format!("deb {mirror} {suite} {components}"),
        format!("deb {mirror} {suite}-updates {components}"),
        format!("deb {security} {suite}-security {components}"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_12_comes_from_the_mirror_that_is_known_for_it() {
        let Base::Mmdebstrap(wanted) = base_of("debian12").unwrap() else { panic!("not built") };
        let recipe = of(&wanted, Machine::of(Some("x86_64")).unwrap()).unwrap();
        assert!(recipe.sources.is_empty());
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
