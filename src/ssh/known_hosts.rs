//! The keys of a host in `known_hosts` files.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ssh_key::{Algorithm, PublicKey};
use ssh2::{CheckResult, KnownHostFileKind};

use crate::{Error, Result};

/// The keys of one host in the files.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) accepted: Vec<PublicKey>,
    pub(super) revoked: Vec<PublicKey>,
    /// Of certificates for the host: `@cert-authority`.
    pub(super) authorities: Vec<PublicKey>,
    /// Lines about the host without a usable key, and why: `FILE:LINE: reason`.
    pub(super) unusable: Vec<String>,
    /// Such lines that revoke a key.
    pub(super) unknown_revoked: Vec<String>,
}

/// A line about the host, as far as it can be read.
#[derive(Clone, Copy, PartialEq)]
enum Marker {
    None,
    Revoked,
    Authority,
    Unknown,
}

/// Looks up `host` in the files that exist. A line about it that cannot be used is kept as such: the
/// host is known, and what is known does not fit any key.
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
        known.add(session, &file.display().to_string(), &bytes, host, port);
    }
    Ok(known)
}

impl Known {
    /// Adds what these lines say about the host.
    pub(super) fn add(
        &mut self,
        session: &ssh2::Session,
        source: &str,
        lines: &[u8],
        host: &str,
        port: u16,
    ) {
        for (number, line) in lines.split(|byte| *byte == b'\n').enumerate() {
            let line = String::from_utf8_lossy(line);
            let Some((marker, names, rest)) = fields(&line) else { continue };
            // A damaged line is about the host that it was about.
            let seen: String = names.chars().filter(|c| !is_unseen(*c)).collect();
            if !matches(session, &seen, host, port) {
                continue;
            }
            let key = if seen == names || names.contains(|c: char| c.is_control()) {
                key(&line, rest)
            } else {
                Err("its name contains characters that cannot be seen".to_string())
            };
            let place = || format!("{source}:{}", number + 1);
            match (key, marker) {
                (Ok(key), Marker::None) => self.accepted.push(key),
                (Ok(key), Marker::Revoked) => self.revoked.push(key),
                (Ok(key), Marker::Authority) => self.authorities.push(key),
                (Ok(_), Marker::Unknown) => {
                    self.unusable.push(format!("{}: its marker is not known", place()));
                }
                (Err(why), Marker::Revoked) => {
                    self.unknown_revoked.push(format!("{}: {why}", place()));
                }
                (Err(why), _) => self.unusable.push(format!("{}: {why}", place())),
            }
        }
    }
}

/// The marker, the names, and the rest with the key. None: a comment or an empty line.
fn fields(line: &str) -> Option<(Marker, &str, &str)> {
    let line = line.trim_matches([' ', '\t', '\r']);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let cut = |text: &'_ str| text.find([' ', '\t']).unwrap_or(text.len());
    let (marker, line) = match line.trim_start_matches(BYTE_ORDER).strip_prefix('@') {
        None => (Marker::None, line),
        Some(marked) => {
            let (marker, rest) = marked.split_at(cut(marked));
            let marker = match marker {
                "revoked" => Marker::Revoked,
                "cert-authority" if !line.starts_with(BYTE_ORDER) => Marker::Authority,
                _ => Marker::Unknown,
            };
            (marker, rest.trim_start())
        }
    };
    let (names, rest) = line.split_at(cut(line));
    Some((marker, names, rest.trim_start()))
}

/// What editors write before the first line.
const BYTE_ORDER: char = '\u{feff}';

/// Whether a name with this character looks like the one without it.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, BYTE_ORDER | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}')
}

fn key(line: &str, rest: &str) -> Result<PublicKey, String> {
    // Without them it may be about another host.
    if line.trim_end_matches('\r').contains(|c: char| c.is_control() && c != '\t') {
        return Err("it contains control characters".to_string());
    }
    let words = rest.split([' ', '\t', '\r']).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.take(2).collect();
    let [kind, given] = words[..] else { return Err("it has no key".to_string()) };
    let unsupported = || format!("keys of the kind {kind} are not supported");
    match PublicKey::from_openssh(&words.join(" ")) {
        Ok(key) => match key.algorithm() {
            Algorithm::Ed25519 | Algorithm::Ecdsa { .. } | Algorithm::Rsa { .. }
                if is_written_so(&key, given) =>
            {
                Ok(key)
            }
            Algorithm::Ed25519 | Algorithm::Ecdsa { .. } | Algorithm::Rsa { .. } => {
                Err("its key is damaged: a length in it is wrong".to_string())
            }
            _ => Err(unsupported()),
        },
        Err(_) if kind.parse::<Algorithm>().is_err() => Err(unsupported()),
        Err(error) => Err(format!("its key is damaged: {error}")),
    }
}

/// Whether a key is exactly these bytes: a wrong length within them is passed over when it is read.
fn is_written_so(key: &PublicKey, given: &str) -> bool {
    let written = key.to_bytes().ok();
    written.is_some_and(|bytes| STANDARD.decode(given).is_ok_and(|given| given == bytes))
}

fn matches(session: &ssh2::Session, names: &str, host: &str, port: u16) -> bool {
    if names.starts_with('|') {
        return hashed(session, names, host, port).unwrap_or(false);
    }
    let name = if port == 22 { host.to_string() } else { format!("[{host}]:{port}") };
    let name = name.to_lowercase();
    let hits = |pattern: &str| glob(&pattern.to_lowercase(), &name);
    let refused = names.split(',').filter_map(|p| p.strip_prefix('!')).any(hits);
    !refused && names.split(',').any(hits)
}

/// Bytes of a salt and of a hashed name.
const SHA1: usize = 20;

/// A key for lines whose own is not looked at.
const ANY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n";

/// libssh2 compares hashed names: a key matches itself exactly when the name does. It reads damaged
/// base64 as well, of which it passes over what it does not know.
fn hashed(session: &ssh2::Session, names: &str, host: &str, port: u16) -> Option<bool> {
    let (salt, hash) = names.strip_prefix("|1|")?.split_once('|')?;
    let is_whole = |part: &str| STANDARD.decode(part).is_ok_and(|bytes| bytes.len() == SHA1);
    if !is_whole(salt) || !is_whole(hash) {
        return None;
    }
    let mut hosts = session.known_hosts().ok()?;
    hosts.read_str(&format!("{names} {ANY}"), KnownHostFileKind::OpenSSH).ok()?;
    let key = PublicKey::from_openssh(ANY).ok()?.to_bytes().ok()?;
    // Port 22 is written as the bare name; `check_port` would accept that for other ports as well.
    let result = if port == 22 {
        hosts.check(host, &key)
    } else {
        hosts.check(&format!("[{host}]:{port}"), &key)
    };
    Some(matches!(result, CheckResult::Match))
}

/// `*` and `?` as in the shell. Only the last star takes back what it has matched, so that many of them
/// cost no more than one.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    let (mut pattern_rest, mut name_rest) = (pattern.chars(), name.chars());
    // The pattern after the last star, and the name that is left if the star takes one character more.
    let mut star = None;
    loop {
        let left = name_rest.clone();
        match (pattern_rest.next(), name_rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                star = Some((pattern_rest.clone(), left.clone()));
                name_rest = left;
            }
            (Some('?'), Some(_)) => {}
            (Some(c), Some(n)) if c == n => {}
            _ => {
                let Some((after, taken)) = &mut star else { return false };
                if taken.next().is_none() {
                    return false;
                }
                pattern_rest = after.clone();
                name_rest = taken.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = ANY;

    fn known(text: &str, host: &str, port: u16) -> Known {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known_hosts");
        std::fs::write(&file, format!("# comment\nrubbish\n{text}\n")).unwrap();
        look_up(&ssh2::Session::new().unwrap(), &[file], host, port).unwrap()
    }

    fn accepted(names: &str, host: &str, port: u16) -> bool {
        !known(&format!("{names} {KEY}"), host, port).accepted.is_empty()
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

    #[test]
    fn a_line_about_the_host_that_cannot_be_used_is_kept_as_such() {
        for line in [
            "box ssh-dss AAAAB3NzaC1kc3MAAAAA",
            "box sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t",
            "box ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVm",
            "box ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAACIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n",
            "box ssh-ed25519",
            "box",
            "bo\0x ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n",
            "\u{feff}box ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n",
            "another,bo\u{200b}x ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n",
            "@cert-authority box ssh-future AAAA",
            "@else box ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVmwxSYr+RtyUCYS0ORHhLKmRCIGJsnqUzRxw4Mzx5n",
            &format!("{HASHED} ssh-dss AAAAB3NzaC1kc3MAAAAA"),
        ] {
            assert_eq!(known(line, "box", 22).unusable.len(), 1, "{line:?}");
            assert_eq!(known(line, "other", 22).unusable.len(), 0, "{line:?}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_one() {
        let pattern = format!("{}x", "*".repeat(200));
        assert!(!glob(&pattern, &"a".repeat(200)));
        let pattern = format!("{}x", "*a".repeat(60));
        assert!(!glob(&pattern, &"a".repeat(200)));
        assert!(glob(&pattern, &format!("{}x", "a".repeat(200))));
    }

    #[test]
    fn patterns() {
        for (pattern, name, fits) in [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("b?x*", "box.example.com", true),
            ("*.com", "box.com.com", true),
            ("*x*x", "xx", true),
            ("*x*x", "x", false),
            ("box", "boxer", false),
            ("*ä?", "zäö", true),
        ] {
            assert_eq!(glob(pattern, name), fits, "{pattern} {name}");
        }
    }

    const HASHED: &str = "|1|L+EALYOmHg+A+RQR+1xhJQJvgQE=|G0FruXR5mgnTjFucYlrn9ikeuoo=";
    const HASHED_PORT: &str = "|1|Ur3hD7dQFMLwkpeE9BGBZ/aH6JY=|ooQbq0xKiiwqG+o4+w1KU+79dTc=";
}
