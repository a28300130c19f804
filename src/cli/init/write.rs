//! New files, and none in place of another.

use std::path::Path;
use std::sync::Arc;

use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Error, Result};

/// True if it was written. A file that exists, which may have been edited, is never changed.
pub fn write_new(ui: &Arc<Ui>, path: &Path, text: &str) -> Result<bool> {
    use std::io::Write;
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent() {
        let mut new = std::fs::DirBuilder::new();
        let created = new.recursive(true).mode(0o755).create(folder);
        created.map_err(|error| Error::io("create", folder, error))?;
    }
    // Whatever the umask: a project that every user can write is refused.
    let mut new = std::fs::OpenOptions::new();
    let created = new.write(true).create_new(true).mode(0o644).open(path);
    match created {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(|error| {
                // Half of it would be taken for the user's own the next time.
                let _ = std::fs::remove_file(path);
                Error::io("write", path, error)
            })?;
            ui.log(Level::Success, &format!("wrote {}", path.display()));
            Ok(true)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            already(ui, path);
            Ok(false)
        }
        Err(error) => Err(Error::io("create", path, error)),
    }
}

/// Whether a file can be where it belongs: nothing is written before that is known of all.
///
/// # Errors
/// `Usage` for a folder in its place, or a file in the place of its folder.
pub fn can(path: &Path) -> Result<()> {
    let blocked = |place: &Path, what: &str| {
        Err(Error::usage(format!("{} is in the way: a project has {what} there", place.display()))
            .hint("move it away, or begin the project in another folder"))
    };
    if path.is_dir() {
        return blocked(path, "a file");
    }
    match path.ancestors().skip(1).find(|folder| folder.symlink_metadata().is_ok()) {
        Some(folder) if !folder.is_dir() => blocked(folder, "a folder"),
        _ => Ok(()),
    }
}

/// Says that a file stays as it is.
pub fn already(ui: &Arc<Ui>, path: &Path) {
    ui.log(Level::Info, &format!("{} already exists and is not changed", path.display()));
}

/// Writes a list of files that git is to ignore, or names those that are missing in the one that is there.
pub fn write_ignored(ui: &Arc<Ui>, path: &Path, text: &str) -> Result<()> {
    if write_new(ui, path, text)? {
        return Ok(());
    }
    let known = crate::read::text(path).map_err(|error| Error::io("read", path, error))?;
    let names = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let missing: Vec<&str> =
        names.filter(|name| known.lines().all(|line| line.trim() != *name)).collect();
    if !missing.is_empty() {
        let names = missing.join(" ");
        let message =
            format!("add to {}, or keys and states may be committed: {names}", path.display());
        ui.log(Level::Warning, &message);
    }
    Ok(())
}
