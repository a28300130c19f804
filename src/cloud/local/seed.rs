//! Handing keys to vendors' cloud images: a FAT volume labelled CIDATA, which cloud-init calls
//! NoCloud.

use std::io::{Cursor, Write};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::store;
use crate::cloud::Launch;
use crate::{Error, Result};

/// Its name in the instance's folder.
pub const FILE: &str = "seed.img";

/// Room for the longest user data a cloud takes, many times over.
const SIZE: usize = 2 << 20;

/// Between the parts of user data made of several.
const BOUNDARY: &str = "==imgctl==";

pub fn write(folder: &Path, id: &str, launch: &Launch) -> Result<()> {
    let image = volume(&[("meta-data", meta_data(id, launch)), ("user-data", user_data(launch)?)])
        .map_err(|error| Error::io("write", &folder.join(FILE), error))?;
    store::write(&folder.join(FILE), &image)
}

fn volume(files: &[(&str, String)]) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; SIZE];
    let options = fatfs::FormatVolumeOptions::new().volume_label(*b"CIDATA     ");
    fatfs::format_volume(Cursor::new(&mut bytes), options)?;
    let volume = fatfs::FileSystem::new(Cursor::new(&mut bytes), fatfs::FsOptions::new())?;
    for (name, contents) in files {
        volume.root_dir().create_file(name)?.write_all(contents.as_bytes())?;
    }
    volume.unmount()?;
    Ok(bytes)
}

fn meta_data(id: &str, launch: &Launch) -> String {
    // JSON is YAML too.
    json!({ "instance-id": id, "local-hostname": host_name(&launch.name) }).to_string()
}

/// The instance's name as far as it may be a host's.
fn host_name(name: &str) -> String {
    let dashed: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
    let trimmed = dashed.trim_matches('-');
    if trimmed.is_empty() { "imgctl".to_owned() } else { trimmed.to_ascii_lowercase() }
}

fn user_data(launch: &Launch) -> Result<String> {
    let ours = format!("#cloud-config\n{:#}\n", cloud_config(launch)?);
    let Some(theirs) = &launch.user_data else { return Ok(ours) };
    // The later part wins where both say something: the keys must get in.
    let parts = [part(content_type(theirs), theirs), part("text/cloud-config", &ours)];
    Ok(format!(
        "Content-Type: multipart/mixed; boundary=\"{BOUNDARY}\"\nMIME-Version: 1.0\n\n{}--{BOUNDARY}--\n",
        parts.concat()
    ))
}

fn cloud_config(launch: &Launch) -> Result<Value> {
    let kind = match launch.host_key_public.split_whitespace().next() {
        Some("ssh-ed25519") => "ed25519",
        Some("ssh-rsa") => "rsa",
        Some(name) if name.starts_with("ecdsa-") => "ecdsa",
        other => {
            return Err(Error::failed(format!(
                "unknown kind of host key: {}",
                other.unwrap_or("")
            )));
        }
    };
    let user = if launch.username == "root" {
        json!({ "name": "root", "ssh_authorized_keys": launch.authorized_keys })
    } else {
        json!({
            "name": launch.username,
            "ssh_authorized_keys": launch.authorized_keys,
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
            "shell": "/bin/bash",
            "lock_passwd": true,
        })
    };
    Ok(json!({
        "users": [user],
        "disable_root": launch.username != "root",
        "ssh_pwauth": false,
        "ssh_deletekeys": true,
        "ssh_genkeytypes": [],
        "ssh_keys": {
            format!("{kind}_private"): launch.host_key,
            format!("{kind}_public"): launch.host_key_public,
        },
    }))
}

/// What cloud-init shall take the user's own data for, by how it begins.
fn content_type(data: &str) -> &'static str {
    const KINDS: [(&str, &str); 7] = [
        ("#!", "text/x-shellscript"),
        ("#cloud-boothook", "text/cloud-boothook"),
        ("#cloud-config-archive", "text/cloud-config-archive"),
        ("#include", "text/x-include-url"),
        ("#part-handler", "text/part-handler"),
        ("## template: jinja", "text/jinja2"),
        ("#cloud-config", "text/cloud-config"),
    ];
    let kind = KINDS.iter().find(|(start, _)| data.starts_with(start));
    // Anything else cloud-init finds out by itself.
    kind.map_or("text/plain", |(_, kind)| kind)
}

fn part(kind: &str, contents: &str) -> String {
    format!(
        "--{BOUNDARY}\nContent-Type: {kind}; charset=\"utf-8\"\nMIME-Version: 1.0\n\
         Content-Transfer-Encoding: base64\n\n{}\n",
        BASE64_STANDARD.encode(contents)
    )
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::cloud::{Image, ImageState};

    fn launch(user_data: Option<&str>) -> Launch {
        Launch {
            role: "build".into(),
            name: "CI agent_1".into(),
            image: Image {
                id: "img-1".into(),
                name: "base".into(),
                state: ImageState::Available,
                description: String::new(),
                created: String::new(),
                size: None,
                architecture: None,
                tags: crate::cloud::Tags::new(),
            },
            username: "ci".into(),
            authorized_keys: vec!["ssh-ed25519 AAAA me".into()],
            host_key: "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n".into(),
            host_key_public: "ssh-ed25519 BBBB".into(),
            user_data: user_data.map(str::to_owned),
            boot: None,
            tags: crate::cloud::Tags::new(),
        }
    }

    fn read(volume: &mut Vec<u8>, name: &str) -> String {
        let volume = fatfs::FileSystem::new(Cursor::new(volume), fatfs::FsOptions::new()).unwrap();
        assert_eq!(volume.volume_label(), "CIDATA");
        let mut text = String::new();
        volume.root_dir().open_file(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_volume_holds_what_cloud_init_reads() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "vm-7", &launch(None)).unwrap();
        let mut volume = std::fs::read(folder.path().join(FILE)).unwrap();
        let meta: Value = serde_json::from_str(&read(&mut volume, "meta-data")).unwrap();
        assert_eq!(meta, json!({ "instance-id": "vm-7", "local-hostname": "ci-agent-1" }));
        let user = read(&mut volume, "user-data");
        let config = user.strip_prefix("#cloud-config\n").unwrap();
        let config: Value = serde_norway::from_str(config).unwrap();
        assert_eq!(config["users"][0]["name"], "ci");
        assert_eq!(config["users"][0]["ssh_authorized_keys"][0], "ssh-ed25519 AAAA me");
        assert_eq!(config["ssh_keys"]["ed25519_public"], "ssh-ed25519 BBBB");
    }

    #[test]
    fn the_users_own_data_comes_first_and_whole() {
        let text = user_data(&launch(Some("#!/bin/sh\necho ä\n"))).unwrap();
        let script = text.find("text/x-shellscript").unwrap();
        assert!(script < text.find("text/cloud-config").unwrap());
        assert!(text.contains(&BASE64_STANDARD.encode("#!/bin/sh\necho ä\n")));
    }
}
