//! Package URLs (ECMA-427): `pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12`.

use super::facts::{Kind, Package, System};

/// The purl of a package on this system.
pub fn of(package: &Package, os: &System) -> String {
    let namespace = match package.kind {
        Kind::Deb | Kind::Rpm => namespace(os),
        Kind::Pypi | Kind::Gem => String::new(),
    };
    let name = match package.kind {
        Kind::Deb => package.name.to_lowercase(),
        Kind::Pypi => package.name.to_lowercase().replace(['_', '.'], "-"),
        Kind::Rpm | Kind::Gem => package.name.clone(),
    };
    // An RPM's epoch is a qualifier, a Debian package's a part of the version.
    let (epoch, version) = match package.version.split_once(':') {
        Some((epoch, version)) if package.kind == Kind::Rpm => (epoch, version),
        _ => ("", package.version.as_str()),
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let distro = match (package.kind, os.version.as_str()) {
        (Kind::Pypi | Kind::Gem, _) => String::new(),
        (_, "") => os.id.clone(),
        (_, version) => format!("{}-{version}", os.id),
    };
    // In the order of their names.
    let qualifiers = match package.kind {
        Kind::Deb | Kind::Rpm => vec![
            ("arch", package.arch.as_str()),
            ("distro", distro.as_str()),
            ("epoch", Some(epoch).filter(|epoch| is_number(epoch)).unwrap_or_default()),
        ],
        Kind::Gem if package.arch != "ruby" => vec![("platform", package.arch.as_str())],
        Kind::Gem | Kind::Pypi => Vec::new(),
    };
    let mut purl = format!("pkg:{}/", package.kind.name());
    if !namespace.is_empty() {
        purl += &format!("{}/", encoded(&namespace));
    }
    purl += &encoded(&name);
    if !version.is_empty() {
        purl += &format!("@{}", encoded(version));
    }
    let qualifiers = qualifiers.into_iter().filter(|(_, value)| !value.is_empty());
    let qualifiers: Vec<_> =
        qualifiers.map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    if !qualifiers.is_empty() {
        purl += &format!("?{}", qualifiers.join("&"));
    }
    purl
}

/// The vendor. Red Hat's own is not called as its os-release file calls it.
fn namespace(os: &System) -> String {
    match os.id.to_lowercase().as_str() {
        "rhel" => "redhat".to_owned(),
        id => id.to_owned(),
    }
}

/// Everything is percent-encoded but letters, digits, `.-_~` and the colon.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                encoded.push(byte.into());
            }
            other => encoded += &format!("%{other:02X}"),
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_follows_the_rules_of_its_type() {
        let os = |id: &str, version: &str| System {
            id: id.into(),
            version: version.into(),
            arch: "x86_64".into(),
        };
        let purl = |kind, name: &str, version: &str, arch: &str, system: &System| {
            let package = Package {
                kind,
                name: name.into(),
                version: version.into(),
                arch: arch.into(),
                ..Package::default()
            };
            of(&package, system)
        };
        let (debian, rhel, rolling) = (os("debian", "12"), os("rhel", "9.4"), os("debian", ""));
        assert_eq!(
            purl(Kind::Deb, "libstdc++6", "1:2.3+b1~rc-4", "amd64", &debian),
            "pkg:deb/debian/libstdc%2B%2B6@1:2.3%2Bb1~rc-4?arch=amd64&distro=debian-12"
        );
        assert_eq!(
            purl(Kind::Deb, "sl", "5", "all", &rolling),
            "pkg:deb/debian/sl@5?arch=all&distro=debian"
        );
        assert_eq!(
            purl(Kind::Rpm, "NetworkManager", "1:1.46-3.el9", "x86_64", &rhel),
            "pkg:rpm/redhat/NetworkManager@1.46-3.el9?arch=x86_64&distro=rhel-9.4&epoch=1"
        );
        assert_eq!(
            purl(Kind::Rpm, "bash", "(none):5.1-9.el9", "x86_64", &rhel),
            "pkg:rpm/redhat/bash@5.1-9.el9?arch=x86_64&distro=rhel-9.4"
        );
        assert_eq!(
            purl(Kind::Pypi, "Zope.Interface_x", "5.0", "", &debian),
            "pkg:pypi/zope-interface-x@5.0"
        );
        assert_eq!(purl(Kind::Gem, "RedCloth", "4.3", "ruby", &debian), "pkg:gem/RedCloth@4.3");
        assert_eq!(
            purl(Kind::Gem, "nokogiri", "1.16", "x86_64-linux", &debian),
            "pkg:gem/nokogiri@1.16?platform=x86_64-linux"
        );
        assert_eq!(purl(Kind::Gem, "a/b ü", "", "ruby", &debian), "pkg:gem/a%2Fb%20%C3%BC");
    }
}
