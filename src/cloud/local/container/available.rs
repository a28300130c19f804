//! What this computer needs for containers.

use std::path::Path;

use super::inotify;
use crate::cloud::local::machine::Machine;
use crate::cloud::local::program;
use crate::{Error, Result};

/// Programs, and the Debian packages they are in.
const PROGRAMS: [(&str, &str); 13] = [
    ("systemd-nspawn", "systemd-container"),
    ("slirp4netns", "slirp4netns"),
    ("perl", "perl-base"),
    ("unshare", "util-linux"),
    ("findmnt", "util-linux"),
    ("partx", "util-linux"),
    ("losetup", "mount"),
    ("blkid", "util-linux"),
    ("fstrim", "util-linux"),
    ("mount", "mount"),
    ("e2fsck", "e2fsprogs"),
    ("resize2fs", "e2fsprogs"),
    ("debugfs", "e2fsprogs"),
];

/// Checks that this computer can run containers.
///
/// # Errors
/// `Config` with what is missing, and a hint how to get it.
pub fn check(machine: Machine) -> Result<()> {
    let vm = "or set `machine: vm`";
    if !cfg!(target_os = "linux") {
        return Err(Error::config("a container needs Linux").hint("set `machine: vm`"));
    }
    if !machine.is_native() {
        let message = format!("a container cannot have another architecture ({})", machine.debian);
        return Err(Error::config(message).hint("set `machine: vm`"));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Error::config("a container needs root").hint(format!("run as root, {vm}")));
    }
    for (name, package) in PROGRAMS {
        if let Err(error) = program::find(name, None, package) {
            let missing =
                Error::config(format!("a container needs {name}, which is not installed"));
            return Err(missing.hint(error.hint_text().unwrap_or(vm).to_owned()));
        }
    }
    for (file, hint) in [
        ("/dev/loop-control", "run `modprobe loop`"),
        ("/dev/net/tun", "run `modprobe tun`"),
        ("/proc/self/ns/user", "use a kernel with user namespaces"),
    ] {
        if !Path::new(file).exists() {
            return Err(Error::config(format!("a container needs {file}, which does not exist"))
                .hint(format!("{hint}, {vm}")));
        }
    }
    inotify::check()
}
