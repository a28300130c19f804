//! Verifies the host key, after the key exchange and before any credential is sent.

use ssh_key::{HashAlg, PublicKey};

use super::hop::Hop;
use super::keys;
use super::known_hosts::{self, Known};
use super::trust::Trust;
use crate::report::{Level, Report};
use crate::{Code, Error, Result};

/// Every method that is accepted, best first. SHA-1 signatures are not among them.
const METHODS: [&str; 6] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
];

/// Where the accepted keys come from.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    /// The target names them.
    Given,
    /// Accepted on first use earlier.
    Pinned,
    KnownHosts,
    /// The machine is not known yet.
    Unknown,
}

/// The known keys of a host, before it shows one.
pub(super) struct Expected {
    source: Source,
    known: Known,
}

/// Gathers the keys that will be accepted.
pub(super) fn expected(session: &ssh2::Session, hop: &Hop, trust: &dyn Trust) -> Result<Expected> {
    let accepted = |lines: &[String]| -> Result<Known> {
        let accepted = lines.iter().map(|line| keys::parse(line)).collect::<Result<_>>()?;
        Ok(Known { accepted, revoked: Vec::new() })
    };
    if !hop.host_keys.is_empty() {
        return Ok(Expected { source: Source::Given, known: accepted(&hop.host_keys)? });
    }
    if let Some(line) = trust.pinned(&hop.address()) {
        return Ok(Expected { source: Source::Pinned, known: accepted(&[line])? });
    }
    let host = hop.key_alias.as_deref().unwrap_or(&hop.host);
    let known = known_hosts::look_up(session, &hop.known_hosts, host, hop.port)?;
    let source = if known.accepted.is_empty() { Source::Unknown } else { Source::KnownHosts };
    Ok(Expected { source, known })
}

impl Expected {
    /// The methods to ask for: those of known keys first, so that the server shows one of them.
    pub(super) fn methods(&self) -> String {
        let of = |key: &PublicKey| key.algorithm().as_str().to_string();
        let kinds: Vec<String> = self.known.accepted.iter().map(of).collect();
        let is_known = |method: &&str| {
            let kind = if method.starts_with("rsa-") { "ssh-rsa" } else { method };
            kinds.iter().any(|known| known == kind)
        };
        let (mut methods, rest): (Vec<&str>, Vec<&str>) = METHODS.into_iter().partition(is_known);
        methods.extend(rest);
        methods.join(",")
    }
}

/// Compares the key that the server proved to have with the expected ones; returns it as an OpenSSH
/// line.
pub(super) fn verify(
    session: &ssh2::Session,
    hop: &Hop,
    expected: &Expected,
    trust: &dyn Trust,
    report: &dyn Report,
) -> Result<String> {
    let (blob, _) = session.host_key().ok_or_else(|| {
        Error::new(Code::Connection, format!("[{}] the server showed no host key", hop.label))
    })?;
    let unreadable = |error: ssh_key::Error| {
        Error::new(Code::Connection, format!("[{}] the host key cannot be read", hop.label))
            .cause(error)
    };
    let shown = PublicKey::from_bytes(blob).map_err(unreadable)?;
    let line = shown.to_openssh().map_err(unreadable)?;
    let same = |key: &PublicKey| key.key_data() == shown.key_data();

    if expected.known.revoked.iter().any(same) {
        return Err(Error::new(
            Code::HostKeyChanged,
            format!("[{}] the host key of {} was revoked", hop.label, hop.address()),
        )
        .cause(format!("the server presented {}", print(&shown)))
        .hint("find out why a known_hosts file marks this key as @revoked: it may be stolen"));
    }
    if expected.known.accepted.iter().any(same) {
        return Ok(line);
    }
    if expected.source == Source::Unknown {
        report.log(
            Level::Warning,
            &format!(
                "{}: first connection to {}, accepting and pinning its host key {}",
                hop.label,
                hop.address(),
                print(&shown)
            ),
        );
        trust.pin(&hop.address(), &line)?;
        return Ok(line);
    }
    Err(changed(hop, expected, &shown))
}

fn changed(hop: &Hop, expected: &Expected, shown: &PublicKey) -> Error {
    let address = hop.address();
    let known = expected.known.accepted.iter().map(print).collect::<Vec<_>>().join(" or ");
    let hint = match expected.source {
        Source::Given => {
            "check whether the address now belongs to another machine; if not, this is \
                          a possible man-in-the-middle attack"
                .to_string()
        }
        Source::Pinned | Source::Unknown => format!(
            "remove the pinned key of {address} from the state file if the machine was rebuilt; if \
             not, this is a possible man-in-the-middle attack"
        ),
        Source::KnownHosts => {
            let name = if hop.port == 22 {
                hop.host.clone()
            } else {
                format!("[{}]:{}", hop.host, hop.port)
            };
            format!(
                "run `ssh-keygen -R '{name}'` if the machine was rebuilt; if not, this is a \
                 possible man-in-the-middle attack"
            )
        }
    };
    Error::new(
        Code::HostKeyChanged,
        format!("[{}] the host key of {address} is not the expected one", hop.label),
    )
    .about(address)
    .cause(format!("expected {known}"))
    .cause(format!("the server presented {}", print(shown)))
    .hint(hint)
}

/// `ssh-ed25519 SHA256:…`
fn print(key: &PublicKey) -> String {
    format!("{} {}", key.algorithm().as_str(), key.fingerprint(HashAlg::Sha256))
}
