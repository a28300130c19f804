//! Files of the local cloud are the user's own: a folder or cache that others can write may hold their
//! links and files, which decide nothing.

use std::fs::{File, Metadata, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

use crate::{Code, Error, Result};

/// Opens a file that no link leads to and that is the user's own; a new one is for this user only.
///
/// # Errors
/// `Code::Io`; `Code::Config` for a file of others.
pub fn open(path: &Path, options: &mut OpenOptions) -> Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = options.mode(0o600).custom_flags(flags).open(path).map_err(|error| {
        // The reason is told better by what is there.
        check(path).err().unwrap_or_else(|| Error::io("open", path, error))
    })?;
    let found = file.metadata().map_err(|error| Error::io("open", path, error))?;
    // What is written here would be written there, too.
    let second = || (found.nlink() > 1).then(|| "it has a second name (a hard link)".to_owned());
    match doubt(&found).or_else(second) {
        Some(why) => Err(refused(path, &why)),
        None => Ok(file),
    }
}

/// Whether there is such a file; one of others is an error.
///
/// # Errors
/// `Code::Io`; `Code::Config` for a file of others.
pub fn check(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(found) => doubt(&found).map_or(Ok(true), |why| Err(refused(path, &why))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("read", path, error)),
    }
}

fn doubt(found: &Metadata) -> Option<String> {
    if found.is_symlink() {
        return Some("it is a link".to_owned());
    }
    if !found.is_file() {
        return Some("it is not a regular file".to_owned());
    }
    let (caller, owner) = (geteuid(), found.uid());
    let sudo = || std::env::var("SUDO_UID").ok().and_then(|text| text.parse().ok());
    let is_own = owner == 0 || owner == caller.as_raw();
    if !(is_own || caller.is_root() && sudo() == Some(owner)) {
        return Some(format!("it belongs to another user (user id {owner})"));
    }
    if found.mode() & 0o002 != 0 {
        return Some("every user can write it".to_owned());
    }
    None
}

fn refused(path: &Path, why: &str) -> Error {
    Error::new(Code::Config, format!("{} is not used", path.display())).cause(why).hint(format!(
        "find out who made it, then remove it: rm {}; or set `folder` and `cache` under clouds.local to \
         folders of your own",
        path.display()
    ))
}
