//! Reads and writes the state file, and writes others as it: complete and valid, or not at all.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::Serialize;
use serde_json::Value;

use super::document::{Document, VERSION};
use super::owner;
use crate::{Code, Error, Result, json};

/// The most bytes of a state file, which has a few thousand.
const MOST: u64 = 64 << 20;

/// The absolute path of the file with symbolic links resolved, so that a write replaces the file and
/// not the link, and all paths to the same file share one lock. `what`: "the state file".
pub fn resolve(path: &Path, what: &str) -> Result<PathBuf> {
    let refuse = |why: String| {
        Error::new(Code::State, format!("cannot use {} as {what}", path.display())).cause(why)
    };
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => return Err(refuse("it is a folder".to_owned())),
        Ok(_) => {
            let target = fs::canonicalize(path).map_err(|error| {
                refuse(format!("it is a broken link: {error}"))
                    .hint("remove the link, or create its target's folder")
            })?;
            return if target.is_file() {
                Ok(target)
            } else {
                Err(refuse("it is not a regular file".to_owned()))
            };
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(refuse(error.to_string())),
    }
    let name = path.file_name().ok_or_else(|| refuse("it has no file name".to_owned()))?;
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).map_err(|error| {
        refuse(format!("its folder {}: {error}", folder.display())).hint("create the folder first")
    })?;
    Ok(folder.join(name))
}

/// Who may have written the state file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The user named the file.
    Anybody,
    /// It was found beside the project.
    Trusted,
}

/// The document; None if the file does not exist.
pub fn read(path: &Path, author: Author) -> Result<Option<Document>> {
    let cannot = |error| Error::io("read", path, error).with_code(Code::State);
    // `resolve` has followed the links: one that is here now was put here since.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot(error)),
    };
    check(path, &file.metadata().map_err(cannot)?, author)?;
    let mut bytes = Vec::new();
    (&mut file).take(MOST + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MOST {
        let message =
            format!("the state file {} is larger than {} MiB", path.display(), MOST >> 20);
        return Err(Error::new(Code::State, message).hint("name another file with --state"));
    }
    let shown = path.display();
    let aside = format!(
        "restore it from a copy, or move it away (`mv {shown} {shown}.broken`) and run `imgctl gc` to \
         find the resources of the run"
    );
    let broken = |why: String| {
        Error::new(Code::State, format!("the state file {shown} is broken")).cause(why).hint(&aside)
    };
    let value: Value = json::value(&bytes).map_err(|error| broken(error.to_string()))?;
    let Some(version) = value.get("version").and_then(Value::as_u64).filter(|number| *number > 0)
    else {
        return Err(Error::new(Code::State, format!("{shown} is not a state file of imgctl"))
            .hint("name another file with --state"));
    };
    if version > u64::from(VERSION) {
        let message = format!("the state file {shown} was written by a newer imgctl");
        return Err(Error::new(Code::State, message)
            .cause(format!("it has version {version}, this imgctl reads up to {VERSION}"))
            .hint("use that imgctl, or name another file with --state"));
    }
    serde_path_to_error::deserialize(value).map(Some).map_err(|error| {
        let path = error.path().to_string();
        broken(format!("at {path}: {}", error.into_inner()))
    })
}

/// Refuses a file that other users can write, or have written: it says what is destroyed, and which
/// machine is the right one.
fn check(path: &Path, found: &Metadata, author: Author) -> Result<()> {
    let shown = path.display();
    let refuse = |why: String| {
        Error::new(Code::State, format!("the state file {shown} is not trusted")).cause(why)
    };
    if !found.is_file() {
        return Err(refuse("it is not a regular file".to_owned()));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    if author == Author::Trusted && !owner::is_trusted(found.uid()) && !owner::is_listed(folder) {
        return Err(refuse(format!("it belongs to another user (uid {})", found.uid())).hint(
            format!("read it, then name it with `--state {shown}`, or `chown` it to yourself"),
        ));
    }
    if found.mode() & 0o022 != 0 {
        return Err(refuse(format!(
            "other users can write it (mode {:04o})",
            found.mode() & 0o7777
        ))
        .hint(format!("read it, then run `chmod 600 {shown}`")));
    }
    Ok(())
}

/// Call it under the lock only: the temporary file's name is always the same, so that one left by a
/// crash is replaced by the next write. A new file has the mode 0600.
pub fn write(path: &Path, document: &Document) -> Result<()> {
    write_as(path, document, 0o600)
}

/// As [`write`], with the permission bits of the file, from which the umask is not taken.
pub fn write_as(path: &Path, document: &impl Serialize, mode: u32) -> Result<()> {
    let temporary = beside(path, ".tmp");
    let written = replace(path, &temporary, document, mode);
    if written.is_err() {
        // The first error is reported; the next write would remove the file as well.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(|error| {
        Error::io("write", path, error)
            .hint("check free space and permissions; the old file is unchanged")
    })
}

/// Removes the half-written file of a process that was killed. Call it under the lock only.
pub fn remove_unfinished(path: &Path) {
    // One that stays does no harm: the next write replaces it, or says why it cannot.
    let _ = fs::remove_file(beside(path, ".tmp"));
}

fn replace(
    path: &Path,
    temporary: &Path,
    document: &impl Serialize,
    mode: u32,
) -> std::io::Result<()> {
    let mut text = serde_json::to_vec_pretty(document)?;
    text.push(b'\n');
    if let Err(error) = fs::remove_file(temporary)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(temporary)?;
    // A umask may have taken even the owner's rights: the next command could not read it.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(&text)?;
    if mode != 0o600 {
        file.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, path)?;
    sync_folder(path)
}

pub fn remove(path: &Path) -> Result<()> {
    let removed = fs::remove_file(path).and_then(|()| sync_folder(path));
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, error)),
        _ => Ok(()),
    }
}

/// A rename or removal is on disk only when its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// The path with a suffix appended.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
