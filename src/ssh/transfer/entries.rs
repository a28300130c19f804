//! The files, folders and links of a local tree.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tar::EntryType;

use crate::{Error, Result};

/// A file, folder or link to send.
pub(super) struct Entry {
    pub(super) local: PathBuf,
    pub(super) name: PathBuf,
    pub(super) kind: EntryType,
    pub(super) mode: u32,
    /// Bytes of a file's contents.
    pub(super) size: u64,
}

/// Lists a file, or a folder and its contents, parents first, in the order of names. The first gets
/// `name`; `mode` is that of all files.
pub(super) fn list(local: &Path, name: &Path, mode: Option<u32>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    add(local, name, mode, &mut entries)?;
    Ok(entries)
}

fn add(local: &Path, name: &Path, mode: Option<u32>, entries: &mut Vec<Entry>) -> Result<()> {
    let failed = |error| Error::io("read", local, error);
    // The folder named by the user may be a symbolic link; those inside are sent as links.
    let data = if entries.is_empty() { fs::metadata(local) } else { fs::symlink_metadata(local) };
    let data = data.map_err(failed)?;
    let own = data.permissions().mode() & 0o7777;
    let entry = |kind, mode, size| Entry {
        local: local.to_path_buf(),
        name: name.to_path_buf(),
        kind,
        mode,
        size,
    };
    if data.is_dir() {
        // Those who may read a file must be able to enter the folder.
        let mode_of_folder = mode.map_or(own, |mode| mode | (mode & 0o444) >> 2);
        entries.push(entry(EntryType::Directory, mode_of_folder, 0));
        let inside = fs::read_dir(local).and_then(|inside| inside.collect::<io::Result<Vec<_>>>());
        let mut inside = inside.map_err(failed)?;
        inside.sort_by_key(fs::DirEntry::file_name);
        for child in inside {
            add(&child.path(), &name.join(child.file_name()), mode, entries)?;
        }
    } else if data.is_file() {
        entries.push(entry(EntryType::Regular, mode.unwrap_or(own), data.len()));
    } else if data.is_symlink() {
        entries.push(entry(EntryType::Symlink, 0o777, 0));
    } else {
        return Err(Error::failed(format!("cannot upload {}", local.display()))
            .cause("it is not a file, a folder or a symbolic link")
            .hint("a pipe, socket or device has no contents to copy: remove it from the folder"));
    }
    Ok(())
}
