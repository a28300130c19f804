//! Keys for our own bases: systemd credentials in the SMBIOS tables, one file each, so that no
//! private key is on QEMU's command line.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::store;
use crate::cloud::Launch;
use crate::{Error, Result};

/// The most user data that an instance gets this way, in bytes: SMBIOS tables are small.
const LONGEST_USER_DATA: usize = 16 << 10;

/// Refuses user data that cannot be passed this way, before anything is made.
///
/// # Errors
/// `Config` if it is not a script, or too long.
pub fn check(launch: &Launch) -> Result<()> {
    let Some(data) = &launch.user_data else { return Ok(()) };
    if !data.starts_with("#!") {
        return Err(Error::config(format!(
            "user data is not a script, and {} has no cloud-init to read it",
            launch.image.name
        ))
        .hint("begin it with `#!`, or use a vendor's cloud image as base"));
    }
    if data.len() > LONGEST_USER_DATA {
        return Err(Error::config(format!(
            "user data has {} bytes, and at most {LONGEST_USER_DATA} are possible",
            data.len()
        ))
        .hint("install the script in the image, or let a short one download it"));
    }
    Ok(())
}

/// The credentials of a launch: names and values.
pub fn all(id: &str, launch: &Launch) -> Vec<(String, String)> {
    let mut all = vec![
        ("instance", id.to_owned()),
        ("user", launch.username.clone()),
        ("authorized_keys", format!("{}\n", launch.authorized_keys.join("\n"))),
    ];
    if let Some(key) = &launch.host_key {
        all.push(("host_key", format!("{}\n", key.private.trim_end())));
        all.push(("host_key_public", format!("{}\n", key.public.trim_end())));
    }
    all.extend(launch.user_data.clone().map(|data| ("user_data", data)));
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Writes the files for QEMU and returns their names.
pub fn write(folder: &Path, id: &str, launch: &Launch) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for (name, value) in all(id, launch) {
        let file = format!("credential.{name}");
        store::write(&folder.join(&file), encode(&name, &value).as_bytes())?;
        files.push(file);
    }
    Ok(files)
}

/// The SMBIOS string (type 11) from which systemd reads a credential:
/// <https://systemd.io/CREDENTIALS/>
fn encode(name: &str, value: &str) -> String {
    format!("io.systemd.credential.binary:imgctl.{name}={}", BASE64_STANDARD.encode(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_what_systemd_reads() {
        assert_eq!(encode("user", "ci"), "io.systemd.credential.binary:imgctl.user=Y2k=");
    }
}
