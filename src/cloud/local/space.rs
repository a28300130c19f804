//! Free space on a disk, checked before anything large is written.

use std::path::Path;

use bytesize::ByteSize;

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
    Err(Error::new(
        Code::Io,
        format!(
            "{what} needs {} in {}, and only {} is free",
            ByteSize(needed),
            folder.display(),
            ByteSize(available)
        ),
    )
    .hint(CURE))
}

/// Bytes that this user may still write there.
fn available(folder: &Path) -> Result<u64> {
    // A folder that does not exist yet will be on the disk of the nearest one that does.
    let existing = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let stat = rustix::fs::statvfs(existing)
        .map_err(|error| Error::io("measure the free space of", existing, error.into()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
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
    }
}
