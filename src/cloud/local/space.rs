//! Room on the disk, looked at before anything large is written.

use std::path::Path;

use bytesize::ByteSize;

use crate::{Code, Error, Result};

/// Refuses when the file system of `folder` has fewer than `needed` bytes left for this user.
pub fn require(folder: &Path, needed: u64, what: &str) -> Result<()> {
    let available = available(folder)?;
    if available >= needed {
        return Ok(());
    }
    Err(Error::new(
        Code::Io,
        format!(
            "{what} needs {} in {}, and {} are free",
            ByteSize(needed),
            folder.display(),
            ByteSize(available)
        ),
    )
    .hint("make room there, or name another place with the local cloud's `folder` and `cache`"))
}

/// Bytes this user may still write there.
fn available(folder: &Path) -> Result<u64> {
    // What does not exist yet will be made in the nearest folder that does.
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
