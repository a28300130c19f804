//! The process that a container belongs to.

use std::path::Path;

use tokio::process::{Child, Command};

use super::handover;
use crate::Result;
use crate::cloud::local::instance::Record;
use crate::cloud::local::process::{self, KEEPER_LOG, PID_FILE};
use crate::cloud::local::{background, program, store};

const SCRIPT: &str = include_str!("keeper.sh");

/// Made by the keeper once the container runs and its port is forwarded.
pub const READY: &str = "ready";

/// The first of the 65536 user ids of a container; systemd-nspawn's own range for this.
const FIRST_UID: u32 = 0x0008_0000;
const RANGES: u32 = (0x6fff_0000 - FIRST_UID) / 0x1_0000;

/// Starts it in the background, where it outlives this process.
pub fn start(record: &Record, folder: &Path) -> Result<Child> {
    for stale in [PID_FILE, READY] {
        store::remove(&folder.join(stale))?;
    }
    let name = process::name(&record.id);
    let mut command = Command::new(program::find("unshare", None, "util-linux")?);
    command
        .args(["--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"])
        .args(["--propagation", "private", "--", "sh", "-c", SCRIPT, &name])
        .args(arguments(record, folder, &name))
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    let child = background::start(command, folder, KEEPER_LOG)?;
    let pid = child.id().unwrap_or_default();
    store::write(&folder.join(PID_FILE), pid.to_string().as_bytes())?;
    Ok(child)
}

/// The arguments of the script.
fn arguments(record: &Record, folder: &Path, name: &str) -> Vec<String> {
    let root = record.root.unwrap_or_default();
    let uid = if super::users::can_be_mapped() { first_uid(&record.id) } else { 0 };
    let mut words: Vec<String> =
        vec![record.ssh_port.to_string(), root.offset.to_string(), root.size.to_string()];
    words.push(uid.to_string());
    words.extend(
        [
            "--quiet",
            // Neither systemd nor machined need to run on this computer.
            "--keep-unit",
            "--register=no",
            "--settings=no",
            "--boot",
            "--private-network",
            // The disk's own files stay as they are.
            "--resolv-conf=off",
            "--timezone=off",
            "--link-journal=no",
            "--console=read-only",
        ]
        .map(str::to_owned),
    );
    if uid == 0 {
        words.push("--private-users=no".to_owned());
    } else {
        words.push(format!("--private-users={uid}:65536"));
        words.push("--private-users-ownership=map".to_owned());
        // Docker's containers have a session keyring each. The kernel counts keyrings by user.
        words.push("--system-call-filter=keyctl".to_owned());
    }
    words.push(format!("--machine={name}"));
    words.push(format!("--directory={}", folder.join("root").display()));
    let (keys, init) = handover::arguments(folder, record.handover, &record.credentials);
    words.extend(keys);
    // What /etc/fstab names does not exist here, and the root is mounted.
    words.extend(["--".to_owned(), init, "fstab=no".to_owned()]);
    words
}

/// Machines side by side have different users.
fn first_uid(id: &str) -> u32 {
    let sum = id.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    FIRST_UID + (sum % RANGES) * 0x1_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the script's function `named` makes of a device in /etc/fstab.
    fn named(device: &str) -> String {
        let (_, rest) = SCRIPT.split_once("\nnamed() {").unwrap();
        let (body, _) = rest.split_once("\n}\n").unwrap();
        let script = format!("named() {{{body}\n}}\nnamed \"$1\"");
        let output = std::process::Command::new("sh").args(["-c", &script, "sh", device]).output();
        String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn partitions_are_found_by_every_name_that_an_fstab_has_for_them() {
        for (device, name) in [
            ("UUID=12-34", "UUID=12-34"),
            ("LABEL=\"BOOT\"", "LABEL=BOOT"),
            ("PARTLABEL=boot", "PARTLABEL=boot"),
            ("/dev/disk/by-uuid/12-34", "UUID=12-34"),
            ("/dev/disk/by-partlabel/boot", "PARTLABEL=boot"),
            ("/dev/sda16", "NUMBER=16"),
            ("/dev/xvda1", "NUMBER=1"),
            ("/dev/nvme0n1p2", "NUMBER=2"),
            // Another disk, and no disk.
            ("/dev/sdb1", ""),
            ("/dev/mapper/data", ""),
            ("tmpfs", ""),
        ] {
            assert_eq!(named(device), name, "{device}");
        }
    }

    #[test]
    fn users_are_in_the_range_that_is_reserved_for_containers() {
        for id in ["", "vm-1", "vm-0123456789abcdef0123456789abcdef"] {
            let uid = first_uid(id);
            assert!((0x8_0000..0x6fff_0000).contains(&uid) && uid.is_multiple_of(0x1_0000));
        }
    }
}
