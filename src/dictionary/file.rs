//! A dictionary on disk: one writer at a time, whole or not at all.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::report::Watch;
use crate::{Error, Result, read};

/// How often a wait for another writer looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// Where the file is, behind links.
///
/// # Errors
/// There is no such file.
pub fn target(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let error = Error::io("open", path, error);
        if missing { error.hint("create the file first, or correct its path") } else { error }
    })
}

/// A file that no other imgctl writes until this is dropped.
pub struct Locked {
    path: PathBuf,
    /// The kernel's lock is on this open file.
    file: File,
}

impl Locked {
    /// Locks the file behind a path, once others are done with it.
    ///
    /// # Errors
    /// There is no such file; it may not be written; interrupted.
    pub fn open(path: &Path, watch: &Watch) -> Result<Locked> {
        let path = target(path)?;
        loop {
            let failed = |error| Error::io("open", &path, error);
            let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
            let found = file.metadata().map_err(failed)?;
            if !found.is_file() {
                let error = Error::failed(format!("{} is not a regular file", path.display()));
                return Err(error);
            }
            let file = lock(file, &path, watch)?;
            // Another writer may have put a new file in its place meanwhile.
            let current = path.metadata().map_err(failed)?;
            if (current.dev(), current.ino()) == (found.dev(), found.ino()) {
                return Ok(Locked { path, file });
            }
        }
    }

    pub fn text(&self, most: u64, watch: &Watch) -> Result<String> {
        text(&self.path, most, watch)
    }

    /// Puts this text in the file's place, with its mode and owner.
    ///
    /// # Errors
    /// The folder may not be written, the disk is full, the owner cannot be kept.
    pub fn write(&self, text: &str) -> Result<()> {
        let failed = |error| Error::io("write", &self.path, error);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let found = self.file.metadata().map_err(failed)?;
        let mut file =
            tempfile::Builder::new().prefix(".imgctl.").tempfile_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        let made = file.as_file().metadata().map_err(failed)?;
        if (made.uid(), made.gid()) != (found.uid(), found.gid()) {
            fchown(file.as_file(), Some(found.uid()), Some(found.gid())).map_err(|error| {
                failed(error).hint("let the owner of the file run this, or edit the file by hand")
            })?;
        }
        let mode = Permissions::from_mode(found.mode() & 0o7777);
        file.as_file().set_permissions(mode).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        // The new name is on disk, too.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

/// The text of a dictionary.
///
/// # Errors
/// It cannot be read, is too large or no UTF-8; interrupted.
pub fn text(path: &Path, most: u64, watch: &Watch) -> Result<String> {
    read::text_of(path, most, &|| watch.cancel.is_cancelled()).map_err(|error| {
        let is_large = error.kind() == std::io::ErrorKind::FileTooLarge;
        let error = Error::io("read", path, error);
        if is_large { error.hint("raise the setting limits.file") } else { error }
    })
}

/// Waits on a thread of its own, as the kernel's wait cannot be cancelled.
fn lock(file: File, path: &Path, watch: &Watch) -> Result<File> {
    let (done, locked) = channel();
    std::thread::spawn(move || {
        let result = file.lock();
        // Nobody waits any more if it was cancelled.
        let _ = done.send(result.map(|()| file));
    });
    loop {
        watch.check()?;
        match locked.recv_timeout(LOOK) {
            Ok(result) => return result.map_err(|error| Error::io("lock", path, error)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::failed(format!("cannot lock {}", path.display())));
            }
        }
    }
}
