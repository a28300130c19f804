//! One state file, shared by the threads of this process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::document::{Document, VERSION};
use super::file;
use super::lock::Lock;
use crate::{Code, Error, Result};

/// The state file of a project. Share it by `Arc`; every call may be made from any thread, but not
/// from inside a change.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// What is on disk, as last seen.
    document: Option<Document>,
    lock: Option<Lock>,
}

impl Store {
    /// Reads the file; none is fine. A broken one, a newer version or another program's is refused
    /// (`Code::State`) and never touched.
    pub fn open(path: &Path) -> Result<Store> {
        let path = file::resolve(path)?;
        let document = file::read(&path)?;
        Ok(Store { path, inner: Mutex::new(Inner { document, lock: None }) })
    }

    /// The file, symbolic links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A copy of what is known; none before [`Store::begin`].
    #[must_use]
    pub fn document(&self) -> Option<Document> {
        self.inner().document.clone()
    }

    /// Takes the lock; another imgctl that holds it is an error that names it. Done by the first
    /// change anyway; kept until this value is dropped or [`Store::remove`] is called.
    pub fn lock(&self) -> Result<()> {
        self.locked().map(drop)
    }

    /// Starts a run with a new id, if there is none yet. Of another cloud, region or distribution:
    /// an error.
    pub fn begin(&self, cloud: &str, region: &str, distribution: &str) -> Result<()> {
        let mut inner = self.locked()?;
        // A document with nothing to lose is begun anew; the keys of hosts once met stay.
        let nothing_to_lose = |known: &&Document| {
            !known.instances.values().any(|instance| instance.id.is_some())
                && known.resources.is_empty()
        };
        let Some(known) = inner.document.as_ref().filter(|known| {
            !nothing_to_lose(known)
                || (known.cloud.as_str(), known.region.as_str()) == (cloud, region)
                    && known.distribution == distribution
        }) else {
            let mut document = fresh(cloud, region, distribution);
            if let Some(known) = &inner.document {
                document.host_keys.clone_from(&known.host_keys);
            }
            file::write(&self.path, &document)?;
            inner.document = Some(document);
            return Ok(());
        };
        let pairs = [
            ("cloud", known.cloud.as_str(), cloud),
            ("region", &known.region, region),
            ("distribution", &known.distribution, distribution),
        ];
        match pairs.into_iter().find(|(_, known, asked)| known != asked) {
            None => Ok(()),
            Some((what, known, asked)) => Err(Error::new(
                Code::State,
                format!(
                    "the state file {} belongs to {what} `{known}`, not to `{asked}`",
                    self.path.display()
                ),
            )
            .hint(format!(
                "`imgctl destroy` ends that run; or ask for {what}:{known}, or name another state \
                 file with --state"
            ))),
        }
    }

    /// Changes the document and writes it to disk before returning. Nothing changes when `change`
    /// fails. No run begun: an error.
    pub fn update<T>(&self, change: impl FnOnce(&mut Document) -> Result<T>) -> Result<T> {
        let mut inner = self.locked()?;
        let Some(known) = &inner.document else {
            let message = format!("nothing is recorded in {} yet", self.path.display());
            return Err(Error::new(Code::State, message).hint("`imgctl up` begins a run"));
        };
        let mut changed = known.clone();
        let result = change(&mut changed)?;
        if changed != *known {
            file::write(&self.path, &changed)?;
            inner.document = Some(changed);
        }
        Ok(result)
    }

    /// Ends the run: deletes the file and gives the lock back. The keys of hosts accepted on first
    /// use outlive a run: where there are some, they stay in the file.
    pub fn remove(&self) -> Result<()> {
        let mut inner = self.locked()?;
        let keys = inner.document.as_ref().map(|known| known.host_keys.clone()).unwrap_or_default();
        if keys.is_empty() {
            file::remove(&self.path)?;
            inner.document = None;
        } else {
            let document = Document { host_keys: keys, ..fresh("", "", "") };
            file::write(&self.path, &document)?;
            inner.document = Some(document);
        }
        inner.lock = None;
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // The document is replaced in one assignment: a panic elsewhere cannot have left half of it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// With the lock on the file; another imgctl may have written since it was read last.
    fn locked(&self) -> Result<MutexGuard<'_, Inner>> {
        let mut inner = self.inner();
        if inner.lock.is_none() {
            let lock = Lock::take(&self.path)?;
            inner.document = file::read(&self.path)?;
            inner.lock = Some(lock);
        }
        Ok(inner)
    }
}

fn fresh(cloud: &str, region: &str, distribution: &str) -> Document {
    let now = jiff::Timestamp::now();
    let random = uuid::Uuid::new_v4().simple().to_string();
    Document {
        version: VERSION,
        run: format!("{}-{}", now.strftime("%Y%m%d-%H%M"), &random[..6]),
        cloud: cloud.to_owned(),
        region: region.to_owned(),
        distribution: distribution.to_owned(),
        project: None,
        created: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        instances: Default::default(),
        resources: Vec::new(),
        images: Vec::new(),
        host_keys: Default::default(),
        keys: Default::default(),
        journal: Vec::new(),
    }
}
