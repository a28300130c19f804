//! Verifies the host key, after the key exchange and before any credential is sent.

use ssh_key::{HashAlg, PublicKey};

use super::alias::Strictness;
use super::certificate::{Certificate, SUFFIX};
use super::hop::Hop;
use super::known_hosts::{self, Known};
use super::trust::Trust;
use super::{keys, known_hosts_command, methods, revoked};
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
    /// An authority signs the keys of this host.
    Authority,
    /// The machine is not known yet.
    Unknown,
}

/// The known keys of a host, before it shows one.
pub(super) struct Expected {
    source: Source,
    known: Known,
}

/// Gathers the keys that will be accepted.
///
/// # Errors
/// `Code::HostKeyChanged` if `known_hosts` revokes a key for the host that cannot be read.
pub(super) fn expected(
    session: &ssh2::Session,
    hop: &Hop,
    trust: &dyn Trust,
    report: &dyn Report,
) -> Result<Expected> {
    let keys = |lines: &[String]| -> Result<Vec<PublicKey>> {
        lines.iter().map(|line| keys::parse(line)).collect()
    };
    let mut known = known_hosts::look_up(session, &hop.known_hosts, name(hop), hop.port)?;
    known_hosts_command::add(&mut known, session, hop, None, report)?;
    if !known.unknown_revoked.is_empty() {
        let message =
            format!("[{}] a revoked host key of {} cannot be read", hop.label, hop.address());
        return Err(lines(Error::new(Code::HostKeyChanged, message), &known.unknown_revoked)
            .hint("correct these lines: without them a stolen key could be accepted"));
    }
    let pinned = trust.pinned(&hop.address());
    let source = if !hop.host_keys.is_empty() {
        known =
            Known { accepted: keys(&hop.host_keys)?, revoked: known.revoked, ..Known::default() };
        Source::Given
    } else if let Some(line) = pinned {
        known = Known { accepted: keys(&[line])?, revoked: known.revoked, ..Known::default() };
        Source::Pinned
    } else if !known.accepted.is_empty() {
        Source::KnownHosts
    } else if !known.authorities.is_empty() {
        Source::Authority
    } else {
        Source::Unknown
    };
    Ok(Expected { source, known })
}

/// The name under which the host is known.
fn name(hop: &Hop) -> &str {
    hop.key_alias.as_deref().unwrap_or(&hop.host)
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
        let (known, rest): (Vec<&str>, Vec<&str>) = METHODS.into_iter().partition(is_known);
        let known = known.into_iter().map(str::to_string);
        let certified = METHODS.iter().map(|method| format!("{method}{SUFFIX}"));
        let certified = certified.filter(|_| !self.known.authorities.is_empty());
        let rest = rest.into_iter().map(str::to_string);
        known.chain(certified).chain(rest).collect::<Vec<_>>().join(",")
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
    let certificate = Certificate::from_bytes(blob);
    let shown = match &certificate {
        Some(certificate) => certificate.key.clone(),
        None => PublicKey::from_bytes(blob).map_err(unreadable)?,
    };
    let line = shown.to_openssh().map_err(unreadable)?;
    let mut known = expected.known.clone();
    let mut source = expected.source;
    if matches!(source, Source::KnownHosts | Source::Authority | Source::Unknown) {
        known_hosts_command::add(&mut known, session, hop, Some(&shown), report)?;
        source = match () {
            () if !known.accepted.is_empty() => Source::KnownHosts,
            () if !known.authorities.is_empty() => Source::Authority,
            () => source,
        };
    }
    let expected = &Expected { source, known };
    let known = &expected.known;
    let same = |key: &PublicKey| key.key_data() == shown.key_data();
    let signs = |key: &PublicKey| {
        certificate.as_ref().is_some_and(|it| it.authority.key_data() == key.key_data())
    };

    if known.revoked.iter().any(|key| same(key) || signs(key)) {
        return Err(Error::new(
            Code::HostKeyChanged,
            format!("[{}] the host key of {} was revoked", hop.label, hop.address()),
        )
        .cause(format!("the server presented {}", print(&shown)))
        .hint("find out why a known_hosts file marks this key as @revoked: it may be stolen"));
    }
    let authority = certificate.as_ref().map(|it| &it.authority);
    let keys: Vec<&PublicKey> = std::iter::once(&shown).chain(authority).collect();
    if let Some(why) = hop.revoked.iter().find_map(|file| revoked::refuses(file, blob, &keys)) {
        return Err(refused(hop, &shown, "is not accepted").cause(why).hint(
            "find out why it was revoked: it may be stolen; a list that cannot be read refuses all",
        ));
    }
    if let Some(why) = keys.iter().find_map(|key| methods::is_short(hop, key)) {
        return Err(refused(hop, &shown, "is too short").cause(why).hint(format!(
            "let the machine have another host key (`ssh-keygen -A`), or correct RequiredRSASize of \
             {} in ~/.ssh/config",
            hop.alias
        )));
    }
    if known.accepted.iter().any(same) {
        return Ok(line);
    }
    if let Some(certificate) = &certificate {
        let verified = certificate.verify(name(hop), &known.authorities);
        let method = certificate.signed_by();
        return match verified
            .and_then(|()| methods::refuses_authority(hop, &method).map_or(Ok(()), Err))
        {
            Ok(()) => Ok(line),
            Err(why) => Err(not_certified(hop, &shown, &why)),
        };
    }
    let lenient = matches!(hop.strictness, Strictness::AcceptNew | Strictness::No);
    match expected.source {
        Source::Authority if !lenient => {
            Err(not_certified(hop, &shown, "it presented a key without a certificate"))
        }
        Source::Unknown if !known.unusable.is_empty() => Err(unusable(hop, known, &shown)),
        Source::Unknown if hop.strictness == Strictness::Yes => Err(not_known(hop, &shown)),
        Source::Unknown | Source::Authority => {
            let message = format!(
                "{}: first connection to {}, accepting and pinning its host key {}",
                hop.label,
                hop.address(),
                print(&shown)
            );
            trust.announce(&message, report);
            trust.pin(&hop.address(), &line)?;
            Ok(line)
        }
        Source::Pinned | Source::KnownHosts if hop.strictness == Strictness::No => {
            report.log(
                Level::Warning,
                &format!(
                    "{}: {} has another host key than before, {}: accepted, because \
                     StrictHostKeyChecking is off for it",
                    hop.label,
                    hop.address(),
                    print(&shown)
                ),
            );
            Ok(line)
        }
        _ => Err(changed(hop, expected, &shown)),
    }
}

/// An error about a key that the server presented.
fn refused(hop: &Hop, shown: &PublicKey, what: &str) -> Error {
    let message = format!("[{}] the host key of {} {what}", hop.label, hop.address());
    Error::new(Code::HostKeyChanged, message)
        .about(hop.address())
        .cause(format!("the server presented {}", print(shown)))
}

fn lines(error: Error, lines: &[String]) -> Error {
    lines.iter().fold(error, |error, line| error.cause(line))
}

/// A `known_hosts` file is about the host, and cannot tell whether this is the right key.
fn unusable(hop: &Hop, known: &Known, shown: &PublicKey) -> Error {
    let error = refused(hop, shown, "cannot be compared with the known one");
    lines(error, &known.unusable).hint(
        "compare the fingerprint with the machine's own (`ssh-keygen -lf \
         /etc/ssh/ssh_host_ed25519_key.pub`), then replace these lines",
    )
}

fn not_known(hop: &Hop, shown: &PublicKey) -> Error {
    refused(hop, shown, "is not known").cause("StrictHostKeyChecking is yes for it").hint(format!(
        "compare the fingerprint with the machine's own, then add it: ssh-keyscan -p {} {} >> \
         ~/.ssh/known_hosts",
        hop.port,
        name(hop)
    ))
}

fn not_certified(hop: &Hop, shown: &PublicKey, why: &str) -> Error {
    refused(hop, shown, "is not certified by the authority in known_hosts").cause(why).hint(
        "have the authority sign the key, or add the key itself to known_hosts after comparing its \
         fingerprint with the machine's own",
    )
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
        Source::Pinned | Source::Unknown | Source::Authority => format!(
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
