//! The keys of a host in `known_hosts` files.

use std::path::PathBuf;

use ssh_key::PublicKey;
use ssh_key::known_hosts::{Entry, HostPatterns, Marker};
use ssh2::{CheckResult, KnownHostFileKind};

use crate::{Error, Result};

/// The keys of one host in the files.
#[derive(Default)]
pub(super) struct Known {
    pub(super) accepted: Vec<PublicKey>,
    pub(super) revoked: Vec<PublicKey>,
}

/// Looks up `host` in the files that exist. A line that cannot be read is skipped, as by other
/// clients: that can only make a key unknown, never accepted.
pub(super) fn look_up(
    session: &ssh2::Session,
    files: &[PathBuf],
    host: &str,
    port: u16,
) -> Result<Known> {
    let mut known = Known::default();
    for file in files {
        let bytes = match crate::read::bytes(file, crate::read::MOST, &|| false) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("read", file, error)),
        };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let Ok(entry) = line.trim().parse::<Entry>() else { continue };
            if !matches(session, &entry, host, port) {
                continue;
            }
            match entry.marker() {
                None => known.accepted.push(entry.public_key().clone()),
                Some(Marker::Revoked) => known.revoked.push(entry.public_key().clone()),
                Some(Marker::CertAuthority) => {}
            }
        }
    }
    Ok(known)
}

fn matches(session: &ssh2::Session, entry: &Entry, host: &str, port: u16) -> bool {
    match entry.host_patterns() {
        HostPatterns::Patterns(patterns) => {
            let name = if port == 22 { host.to_string() } else { format!("[{host}]:{port}") };
            let name = name.to_lowercase();
            let hits = |pattern: &str| glob(&pattern.to_lowercase(), &name);
            let refused = patterns.iter().filter_map(|p| p.strip_prefix('!')).any(hits);
            !refused && patterns.iter().any(|pattern| hits(pattern))
        }
        HostPatterns::HashedName { .. } => hashed(session, entry, host, port).unwrap_or(false),
    }
}

/// libssh2 compares hashed names: the key of the line itself matches exactly when the name does.
fn hashed(session: &ssh2::Session, entry: &Entry, host: &str, port: u16) -> Option<bool> {
    let names = entry.host_patterns().to_string();
    let line = format!("{names} {}", entry.public_key().to_openssh().ok()?);
    let mut hosts = session.known_hosts().ok()?;
    hosts.read_str(&line, KnownHostFileKind::OpenSSH).ok()?;
    let key = entry.public_key().to_bytes().ok()?;
    // Port 22 is written as the bare name; `check_port` would accept that for other ports as well.
    let result = if port == 22 {
        hosts.check(host, &key)
    } else {
        hosts.check(&format!("[{host}]:{port}"), &key)
    };
    Some(matches!(result, CheckResult::Match))
}

/// `*` and `?` as in the shell.
fn glob(pattern: &str, name: &str) -> bool {
    let mut pattern_rest = pattern.chars();
    match pattern_rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = pattern_rest.as_str();
            name.char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .any(|at| glob(rest, &name[at..]))
        }
        Some(c) => {
            let mut name_rest = name.chars();
            name_rest.next().is_some_and(|n| c == '?' || c == n)
                && glob(pattern_rest.as_str(), name_rest.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n";

    fn accepted(names: &str, host: &str, port: u16) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known_hosts");
        std::fs::write(&file, format!("# comment\nrubbish\n{names} {KEY}\n")).unwrap();
        let session = ssh2::Session::new().unwrap();
        !look_up(&session, &[file], host, port).unwrap().accepted.is_empty()
    }

    #[test]
    fn names_ports_patterns_and_negations() {
        assert!(accepted("box,10.0.0.1", "box", 22));
        assert!(!accepted("box", "box", 2222));
        assert!(accepted("[box]:2222", "BOX", 2222));
        assert!(accepted("*.example.com", "a.example.com", 22));
        assert!(!accepted("*.example.com,!a.example.com", "a.example.com", 22));
    }

    #[test]
    fn hashed_names() {
        // Made by `ssh-keygen -H` for `box` and for `[box]:2222`.
        assert!(accepted(HASHED, "box", 22));
        assert!(!accepted(HASHED, "box", 2222));
        assert!(!accepted(HASHED, "other", 22));
        assert!(accepted(HASHED_PORT, "box", 2222));
        assert!(!accepted(HASHED_PORT, "box", 22));
    }

    const HASHED: &str = "|1|L+EALYOmHg+A+RQR+1xhJQJvgQE=|G0FruXR5mgnTjFucYlrn9ikeuoo=";
    const HASHED_PORT: &str = "|1|Ur3hD7dQFMLwkpeE9BGBZ/aH6JY=|ooQbq0xKiiwqG+o4+w1KU+79dTc=";
}
