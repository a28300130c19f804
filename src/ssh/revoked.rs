//! `RevokedHostKeys`: files of keys that no host may have, as lists or as OpenSSH's key revocation
//! lists.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ssh_key::PublicKey;

use super::answer;
use super::handed::Handed;
use super::wire_format::string;
use crate::Result;

/// The beginning of a key revocation list: PROTOCOL.krl of OpenSSH.
const KRL: &[u8] = b"SSHKRL\n\0";

/// The time for `ssh-keygen` to read a list.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a host must not be trusted with the key or certificate of this blob, if it must not. As OpenSSH
/// does, a file that cannot be read or asked refuses every key.
pub(super) fn refuses(file: &Path, blob: &[u8], keys: &[&PublicKey]) -> Option<String> {
    let place = file.display();
    let bytes = match crate::read::bytes(file, crate::read::MOST, &|| false) {
        Ok(bytes) => bytes,
        Err(error) => return Some(format!("{place} (RevokedHostKeys) cannot be read: {error}")),
    };
    if bytes.starts_with(KRL) {
        return in_krl(file, blob);
    }
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = String::from_utf8_lossy(line);
        let words: Vec<&str> = line.split_whitespace().take(2).collect();
        if words.first().is_none_or(|word| word.starts_with('#')) {
            continue;
        }
        let number = number + 1;
        match PublicKey::from_openssh(&words.join(" ")) {
            Ok(revoked) if keys.iter().any(|key| key.key_data() == revoked.key_data()) => {
                return Some(format!("{place}:{number} (RevokedHostKeys) revokes it"));
            }
            Ok(_) => {}
            // A key of another kind cannot be one of these.
            Err(_) if words.first().is_some_and(|kind| is_other_kind(kind, keys)) => {}
            Err(error) => {
                return Some(format!("{place}:{number} (RevokedHostKeys) is not a key: {error}"));
            }
        }
    }
    None
}

/// Whether a line with keys of this kind cannot be about one of these keys.
fn is_other_kind(kind: &str, keys: &[&PublicKey]) -> bool {
    (kind.starts_with("ssh-") || kind.starts_with("sk-"))
        && keys.iter().all(|key| key.algorithm().as_str() != kind)
}

fn in_krl(file: &Path, blob: &[u8]) -> Option<String> {
    let place = file.display();
    let ask = || -> Result<bool> {
        let kind = String::from_utf8_lossy(string(&mut &*blob).unwrap_or_default()).into_owned();
        let mut handed = Handed::new()?;
        let key =
            handed.add("hostkey.pub", &format!("{kind} {}\n", BASE64_STANDARD.encode(blob)))?;
        let mut command = Command::new("ssh-keygen");
        command.arg("-Q").arg("-f").arg(file).arg(key);
        let output = answer::ask(command, PATIENCE, &|| false)
            .map_err(|error| crate::Error::failed(format!("cannot run ssh-keygen: {error}")))?;
        Ok(output.is_some_and(|output| output.status.success()))
    };
    match ask() {
        Ok(true) => None,
        Ok(false) => {
            Some(format!("`ssh-keygen -Q -f {place}` (RevokedHostKeys) does not clear it"))
        }
        Err(error) => Some(format!("{place} (RevokedHostKeys) cannot be asked: {error}")),
    }
}
