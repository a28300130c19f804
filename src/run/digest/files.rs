//! Digests of files and folders of this machine. A file is read once while it stays as it is.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::hash::of;
use crate::report::Watch;
use crate::{Error, Result};

/// In place of the digest of a path that does not exist.
pub const ABSENT: &str = "absent";

/// A clock of a file system may tick this seldom: a file changed so lately may change again unseen.
const TICK: Duration = Duration::from_secs(2);

/// Where a file is, how long, and when it was changed.
type Looks = [i64; 7];

/// The files read so far.
#[derive(Default)]
pub struct Files {
    read: Mutex<HashMap<PathBuf, (Looks, [u8; 32])>>,
}

impl Files {
    /// Of a file's contents; a link counts as what it leads to. Of a path that does not exist: `ABSENT`.
    pub fn contents(&self, path: &Path, watch: &Watch) -> Result<String> {
        match self.whole(path, watch) {
            Ok(digest) => Ok(of(&[digest])),
            Err(error) if is_absent(&error) => Ok(ABSENT.to_owned()),
            // What it contains cannot change either.
            Err(error) if error.kind() == ErrorKind::IsADirectory => Ok("folder".to_owned()),
            Err(error) => {
                watch.check()?;
                Err(Error::io("read", path, error))
            }
        }
    }

    /// Of a file or folder as it is copied: names, modes, links and contents.
    pub fn tree(&self, path: &Path, watch: &Watch) -> Result<String> {
        let mut hasher = Sha256::new();
        match std::fs::metadata(path) {
            Ok(found) => self.add(path, &found, &mut hasher, watch)?,
            Err(error) if is_absent(&error) => return Ok(ABSENT.to_owned()),
            Err(error) => return Err(Error::io("read", path, error)),
        }
        Ok(of(&[hasher.finalize()]))
    }

    fn add(&self, path: &Path, found: &Metadata, to: &mut Sha256, watch: &Watch) -> Result<()> {
        let failed = |error| Error::io("read", path, error);
        watch.check()?;
        let kind = if found.is_dir() {
            b'd'
        } else if found.is_symlink() {
            b'l'
        } else {
            b'f'
        };
        to.update([kind]);
        to.update((found.mode() & 0o7777).to_le_bytes());
        match kind {
            b'd' => {
                let inside = std::fs::read_dir(path).map_err(failed)?;
                let inside = inside.collect::<io::Result<Vec<_>>>().map_err(failed)?;
                let mut inside: Vec<_> = inside.iter().map(std::fs::DirEntry::path).collect();
                inside.sort();
                to.update(inside.len().to_le_bytes());
                for child in inside {
                    let name = child.file_name().unwrap_or_default().as_bytes();
                    to.update(name.len().to_le_bytes());
                    to.update(name);
                    let found = std::fs::symlink_metadata(&child).map_err(failed)?;
                    self.add(&child, &found, to, watch)?;
                }
            }
            b'l' => {
                let target = std::fs::read_link(path).map_err(failed)?;
                to.update(of(&[target.as_os_str().as_bytes()]));
            }
            // A device or a pipe is nothing that could be copied.
            _ if !found.is_file() => {}
            _ => to.update(self.whole(path, watch).map_err(failed)?),
        }
        Ok(())
    }

    /// Of all bytes of a file.
    fn whole(&self, path: &Path, watch: &Watch) -> io::Result<[u8; 32]> {
        let found = std::fs::metadata(path)?;
        if found.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        if !found.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let looks = looks(&found);
        let lock = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, digest)) = lock().get(path).filter(|(known, _)| *known == looks) {
            return Ok(*digest);
        }
        let mut file = crate::read::open(path)?;
        let (mut hasher, mut chunk) = (Sha256::new(), vec![0; 1 << 18]);
        loop {
            if watch.cancel.is_cancelled() {
                return Err(ErrorKind::Interrupted.into());
            }
            match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => hasher.update(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let digest: [u8; 32] = hasher.finalize().into();
        if is_settled(&found) {
            lock().insert(path.to_owned(), (looks, digest));
        }
        Ok(digest)
    }
}

/// Whether nobody else may read a file: it may hold no more than a password.
#[must_use]
pub fn is_private(path: &Path) -> bool {
    let found = std::fs::metadata(path);
    found.is_ok_and(|found| found.is_file() && found.mode() & 0o077 == 0)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn looks(found: &Metadata) -> Looks {
    let number = |value: u64| value.cast_signed();
    let (device, inode, size) = (number(found.dev()), number(found.ino()), number(found.size()));
    let changed = (found.ctime(), found.ctime_nsec());
    [device, inode, size, found.mtime(), found.mtime_nsec(), changed.0, changed.1]
}

/// Whether the next change of a file will show in its times.
fn is_settled(found: &Metadata) -> bool {
    let since = u64::try_from(found.ctime()).unwrap_or_default();
    let since = SystemTime::UNIX_EPOCH + Duration::from_secs(since);
    SystemTime::now().duration_since(since).is_ok_and(|age| age > TICK)
}
