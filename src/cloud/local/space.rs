//! Free space on a disk, checked before anything large is written.

use std::path::Path;

use bytesize::ByteSize;
use rustix::fs::StatVfs;

use crate::{Code, Error, Result};

/// What to do about too little space.
pub const CURE: &str =
    "free some space, or set `folder` and `cache` under clouds.local, or TMPDIR, to other folders";

/// Checks that this user may write `needed` more bytes to the file system of `folder`.
///
/// # Errors
/// `Io` if not, with both sizes.
pub fn require(folder: &Path, needed: u64, what: &str) -> Result<()> {
    let available = available(folder)?;
    if available >= needed {
        return Ok(());
    }
    let (mut wanted, mut free) = (ByteSize(needed).to_string(), ByteSize(available).to_string());
    // Rounded, they may be the same.
    if wanted == free {
        (wanted, free) = (format!("{needed} bytes"), available.to_string());
    }
    let message = format!("{what} needs {wanted} in {}, and only {free} is free", folder.display());
    Err(Error::new(Code::Io, message).hint(CURE))
}

/// The space below which a machine fails: its disk is a file that grows.
const LEAST: u64 = 16 << 20;

/// What an instance whose disk is in that folder suffers from, if the disk of this computer is full.
pub fn lack(folder: &Path) -> Option<String> {
    let stat = status(folder).ok()?;
    // What is kept for root is for root's machines, too.
    let blocks = if rustix::process::geteuid().is_root() { stat.f_bfree } else { stat.f_bavail };
    let left = blocks.saturating_mul(stat.f_frsize);
    let (shown, folder) = (ByteSize(left), folder.display());
    (left < LEAST).then(|| {
        format!(
            "this computer has only {shown} left in {folder}, and the machine cannot write its disk"
        )
    })
}

/// Bytes that this user may still write there.
fn available(folder: &Path) -> Result<u64> {
    let stat = status(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

fn status(folder: &Path) -> Result<StatVfs> {
    // A folder that does not exist yet will be on the disk of the nearest one that does.
    let existing = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    rustix::fs::statvfs(existing)
        .map_err(|error| Error::io("measure the free space of", existing, error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_names_the_folder_and_both_sizes() {
        let error = require(Path::new("/nowhere/yet"), u64::MAX, "a base image").unwrap_err();
        assert!(
            error.message().starts_with("a base image needs 16.0 EiB in /nowhere/yet"),
            "{error}"
        );
        require(Path::new("/"), 1, "a byte").unwrap();
        let available = available(Path::new("/proc")).unwrap();
        assert_eq!(available, 0);
        let error = require(Path::new("/proc"), 1, "a byte").unwrap_err();
        assert_eq!(error.message(), "a byte needs 1 B in /proc, and only 0 B is free");
        let lacking = lack(Path::new("/proc")).unwrap();
        assert!(lacking.starts_with("this computer has only 0 B left in /proc"), "{lacking}");
    }
}
