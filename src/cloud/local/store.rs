//! Folders and files: instances and images in one folder, base images and downloads in the cache.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::own;
use crate::cloud::wait::{self, Patience, Poll};
use crate::config::local::Settings as LocalSettings;
use crate::report::Watch;
use crate::{Code, Error, Result};

/// The time to wait for a lock: building a base on a loaded machine takes minutes.
const LOCK_PATIENCE: Duration = Duration::from_secs(3600);

#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    cache: PathBuf,
}

impl Store {
    pub fn new(settings: &LocalSettings) -> Result<Self> {
        let home = || {
            etcetera::choose_base_strategy().map_err(|error| {
                Error::config("this user has no home folder")
                    .cause(error)
                    .hint("set `folder` and `cache` under clouds.local")
            })
        };
        let folder = match &settings.folder {
            Some(folder) => folder.clone(),
            None => home()?.data_dir().join("imgctl/local"),
        };
        let cache = match &settings.cache {
            Some(cache) => cache.clone(),
            None => home()?.cache_dir().join("imgctl"),
        };
        let absolute = |path: PathBuf| {
            std::path::absolute(&path).map_err(|error| Error::io("resolve", &path, error))
        };
        Ok(Store { folder: absolute(folder)?, cache: absolute(cache)? })
    }

    #[must_use]
    pub fn instances(&self) -> PathBuf {
        self.folder.join("instances")
    }

    #[must_use]
    pub fn instance(&self, id: &str) -> PathBuf {
        self.instances().join(id)
    }

    #[must_use]
    pub fn images(&self) -> PathBuf {
        self.folder.join("images")
    }

    #[must_use]
    pub fn bases(&self) -> PathBuf {
        self.cache.join("bases")
    }

    #[must_use]
    pub fn downloads(&self) -> PathBuf {
        self.cache.join("downloads")
    }

    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The lock for creating and removing instances and images.
    pub async fn lock(&self, watch: &Watch) -> Result<Lock> {
        lock(&self.folder.join("lock"), "another imgctl to finish with the local cloud", watch)
            .await
    }
}

/// A lock on a file, released when it is dropped or its process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// Waits for the lock on that file.
pub async fn lock(path: &Path, what: &str, watch: &Watch) -> Result<Lock> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let file = own::open(path, OpenOptions::new().create(true).truncate(false).write(true))?;
    let file = &file;
    let patience = Patience::for_up_to(LOCK_PATIENCE).at_most_every(Duration::from_secs(1));
    wait::until(what, patience, watch, || async move {
        match file.try_lock() {
            Ok(()) => Ok(Poll::Ready(())),
            Err(TryLockError::WouldBlock) => {
                Ok(Poll::Pending(format!("{} is locked", path.display())))
            }
            Err(TryLockError::Error(error)) => Err(Error::io("lock", path, error)),
        }
    })
    .await?;
    file.try_clone().map(Lock).map_err(|error| Error::io("lock", path, error))
}

/// Creates a folder and its parents, for this user only.
pub fn create_folder(path: &Path) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| Error::io("create", path, error))
}

/// Now, as RFC 3339 in UTC.
pub fn timestamp() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Writes a file that only this user may read; it appears complete or not at all.
pub fn write(path: &Path, contents: &[u8]) -> Result<()> {
    let failed = |error| Error::io("write", path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(contents).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Whether there is such a file of the user's own that was written to its end: a power cut may have left an empty
/// one where names reach the disk before contents.
///
/// # Errors
/// Those of [`own::check`].
pub fn is_made(path: &Path) -> Result<bool> {
    Ok(own::check(path)? && path.metadata().is_ok_and(|found| found.len() > 0))
}

/// Gives a complete file its final name, under which it is whole also after a power cut: the name is written to
/// the disk after the contents, and the caller goes on when both are there.
pub fn move_to(from: &Path, to: &Path) -> Result<()> {
    File::open(from)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(from, to))
        .map_err(|error| Error::io("create", to, error))?;
    sync_folder(to)
}

/// Writes the names in the folder of a file to the disk.
pub fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems have no such call.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        synced => synced.map_err(|error| Error::io("write", folder, error)),
    }
}

pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| {
        Error::new(Code::Io, format!("cannot write {}", path.display())).cause(error)
    })?;
    text.push(b'\n');
    write(path, &text)
}

/// Reads a document written by [`write_json`]; none if there is no such file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if !own::check(path)? {
        return Ok(None);
    }
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path, error)),
    };
    crate::json::read(&text).map(Some).map_err(|error| {
        Error::new(Code::State, format!("{} is damaged", path.display()))
            .cause(error)
            .hint("restore it, or remove its folder; it was written by another imgctl or edited")
    })
}

/// Removes a file, if it exists.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", path, error))
        }
        _ => Ok(()),
    }
}

/// The names in a folder, sorted; empty if the folder does not exist.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let failed = |error| Error::io("list", folder, error);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_counts_once_it_has_contents_under_its_final_name() {
        let folder = tempfile::tempdir().unwrap();
        let (part, file) = (folder.path().join("base.part"), folder.path().join("base"));
        assert!(!is_made(&file).unwrap());
        std::fs::write(&file, "").unwrap();
        assert!(!is_made(&file).unwrap());
        std::fs::write(&part, "disk").unwrap();
        move_to(&part, &file).unwrap();
        assert!(is_made(&file).unwrap() && !part.exists());
        assert_eq!(std::fs::read(&file).unwrap(), b"disk");
    }
}
