//! Keys for vendors' cloud images: a FAT volume labelled CIDATA, cloud-init's data source NoCloud.
//! <https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html>

use std::io::{Cursor, Write};
use std::path::Path;

use serde_json::json;

use super::store;
use crate::cloud::Launch;
use crate::cloud::user_data::user_data;
use crate::{Error, Result};

/// Its name in the instance's folder.
pub const FILE: &str = "seed.img";

/// Bytes of the volume: many times the longest user data.
const SIZE: usize = 2 << 20;

pub fn write(folder: &Path, id: &str, launch: &Launch) -> Result<()> {
    let image = volume(&files(id, launch)?)
        .map_err(|error| Error::io("write", &folder.join(FILE), error))?;
    store::write(&folder.join(FILE), &image)
}

/// Names and contents of what cloud-init reads.
///
/// # Errors
/// `Failed` if the host key's kind is unknown.
pub fn files(id: &str, launch: &Launch) -> Result<[(String, String); 2]> {
    Ok([
        ("meta-data".to_owned(), meta_data(id, launch)),
        ("user-data".to_owned(), user_data(launch)?),
    ])
}

fn volume(files: &[(String, String)]) -> std::io::Result<Vec<u8>> {
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
    // cloud-init reads YAML, of which JSON is a subset.
    json!({ "instance-id": id, "local-hostname": host_name(&launch.name) }).to_string()
}

/// The instance's name as a valid host name.
fn host_name(name: &str) -> String {
    let dashed: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
    let trimmed = dashed.trim_matches('-');
    if trimmed.is_empty() { "imgctl".to_owned() } else { trimmed.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::Value;

    use super::*;
    use crate::cloud::user_data::example::launch;

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
        let config: Value = crate::config::yaml::value(config).unwrap();
        assert_eq!(config["users"][0]["name"], "ci");
        assert_eq!(config["users"][0]["ssh_authorized_keys"][0], "ssh-ed25519 AAAA me");
        assert_eq!(config["ssh_keys"]["ed25519_public"], "ssh-ed25519 BBBB");
    }
}
