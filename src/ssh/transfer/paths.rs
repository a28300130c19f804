//! The folder of a path, and temporary names beside it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The folder of a local path.
pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// The permission bits that new files in this folder do not get. Reading the process's umask would
/// change it for a moment, for all threads.
pub(super) fn umask(folder: &Path) -> std::io::Result<u32> {
    let permissions = PermissionsExt::from_mode(0o777);
    let probe =
        tempfile::Builder::new().prefix(".imgctl.").permissions(permissions).tempfile_in(folder)?;
    Ok(0o777 & !probe.as_file().metadata()?.permissions().mode())
}

/// The folder and the name of a remote path; a path without a slash is relative to the login folder.
pub(super) fn split(path: &str) -> (&str, &str) {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((parent, name)) => (parent, name),
        None if path.starts_with('/') => ("/", ""),
        None => (".", path.trim_end_matches('/')),
    }
}

/// The template of a temporary name beside `path`. The dot keeps it out of folders whose every
/// file is read, such as `/etc/cron.d`.
pub(super) fn beside(path: &str) -> String {
    let (parent, name) = split(path);
    format!("{}/.{name}.imgctl.XXXXXX", if parent == "/" { "" } else { parent })
}
