//! One state file, shared by the threads of this process.

use std::path::Path;

use super::Document;
use crate::Result;

/// The state file of a project. Share it by `Arc`; every call may be made from any thread.
#[derive(Debug)]
pub struct Store {}

impl Store {
    /// Reads the file; none is fine. A broken one, a newer version or another program's is refused
    /// (`Code::State`) and never touched.
    pub fn open(path: &Path) -> Result<Store> {
        let _ = path;
        todo!()
    }

    /// The file, symbolic links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        todo!()
    }

    /// A copy of what is known; none before [`Store::begin`].
    #[must_use]
    pub fn document(&self) -> Option<Document> {
        todo!()
    }

    /// Takes the lock; another imgctl that holds it is an error that names it. Done by the first
    /// change anyway; kept until this value is dropped or [`Store::remove`] is called.
    pub fn lock(&self) -> Result<()> {
        todo!()
    }

    /// Starts a run with a new id, if there is none yet. Of another cloud, region or distribution:
    /// an error.
    pub fn begin(&self, cloud: &str, region: &str, distribution: &str) -> Result<()> {
        let _ = (cloud, region, distribution);
        todo!()
    }

    /// Changes the document and writes it to disk before returning. Nothing changes when `change`
    /// fails. No run begun: an error.
    pub fn update<T>(&self, change: impl FnOnce(&mut Document) -> Result<T>) -> Result<T> {
        let _ = change;
        todo!()
    }

    /// Deletes the file and gives the lock back.
    pub fn remove(&self) -> Result<()> {
        todo!()
    }
}
