//! Whose files may decide what this program does.

use std::path::Path;

/// Whether files of this user are as good as the caller's own: those of the caller, of root, and, in a
/// command run by sudo, of the user who typed it.
#[must_use]
pub fn is_trusted(uid: u32) -> bool {
    let caller = rustix::process::geteuid();
    let sudo = || std::env::var("SUDO_UID").ok().and_then(|text| text.parse::<u32>().ok());
    uid == 0 || uid == caller.as_raw() || (caller.is_root() && sudo() == Some(uid))
}

/// The variable with the folders whose contents are trusted, whoever owns them.
pub const TRUSTED: &str = "IMGCTL_TRUSTED_PROJECTS";

/// Whether [`TRUSTED`] names this folder: its path, a path that ends in `/*` for every folder below,
/// or `*` for all. Several are separated by colons.
#[must_use]
pub fn is_listed(folder: &Path) -> bool {
    let Some(listed) = std::env::var_os(TRUSTED) else { return false };
    let here = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    std::env::split_paths(&listed).any(|path| {
        if path.as_os_str() == "*" {
            return true;
        }
        let (path, below) = match path.file_name() {
            Some(name) if name == "*" => (path.parent().unwrap_or(&path).to_path_buf(), true),
            _ => (path, false),
        };
        let Ok(path) = path.canonicalize() else { return false };
        here == path || (below && here.starts_with(&path))
    })
}
