//! One state file, shared by the threads of this process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::document::{Document, VERSION};
use super::file::{self, Author};
use super::lock::{self, Lock};
use super::progress::Progress;
use crate::{Code, Error, Result};

/// The state file of a project. Share it by `Arc`; every call may be made from any thread, but not
/// from inside [`Store::update`].
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    author: Author,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// What is on disk, as last seen.
    document: Option<Document>,
    lock: Option<Lock>,
    /// What this process does, for the errors of others: "up", "bootstrap: packages".
    work: String,
}

impl Store {
    /// Reads the file, if it exists.
    ///
    /// # Errors
    /// `Code::State` for a broken file, a newer version, another program's or another user's file,
    /// which is not changed.
    pub fn open(path: &Path) -> Result<Store> {
        Store::of(path, Author::Trusted)
    }

    /// As [`Store::open`], for a file that the user has named: it may belong to anybody.
    pub fn open_named(path: &Path) -> Result<Store> {
        Store::of(path, Author::Anybody)
    }

    fn of(path: &Path, author: Author) -> Result<Store> {
        let path = file::resolve(path, lock::STATE)?;
        let document = file::read(&path, author)?;
        let inner = Inner { document, lock: None, work: String::new() };
        Ok(Store { path, author, inner: Mutex::new(inner) })
    }

    /// The file, symbolic links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A copy of the document; None before [`Store::begin`].
    #[must_use]
    pub fn document(&self) -> Option<Document> {
        self.inner().document.clone()
    }

    /// Takes the lock, as the first change does, and keeps it until this value is dropped: one process
    /// at a time works on the instances of a state file, from its first change to its end. Readers need
    /// no lock.
    ///
    /// # Errors
    /// `Code::State` if another imgctl holds it; the error names that process.
    pub fn lock(&self) -> Result<()> {
        self.locked().map(drop)
    }

    /// Gives the lock back before this value is dropped: a console is open longer than it works.
    pub fn release(&self) {
        self.inner().lock = None;
    }

    /// Reads the file again: another imgctl may have written it. Who holds the lock has it as it is.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn refresh(&self) -> Result<()> {
        let mut inner = self.inner();
        if inner.lock.is_none() {
            inner.document = file::read(&self.path, self.author)?;
        }
        Ok(())
    }

    /// Whether this process has taken the lock.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.inner().lock.is_some()
    }

    /// Notes what this process does now, such as "bootstrap: packages": the error of processes that find
    /// the state locked tells it.
    pub fn tell(&self, work: &str) {
        let mut inner = self.inner();
        work.clone_into(&mut inner.work);
        if let Some(lock) = &mut inner.lock {
            lock.tell(work);
        }
    }

    /// Starts a run with a new id, unless there is one.
    ///
    /// # Errors
    /// `Code::State` if the run belongs to another cloud, region or distribution.
    pub fn begin(&self, cloud: &str, region: &str, distribution: &str) -> Result<()> {
        let mut inner = self.locked()?;
        if let Some(known) = &inner.document {
            match difference(known, cloud, region, distribution) {
                None => return Ok(()),
                Some(other) if has_resources(known) => return Err(self.belongs_to_another(other)),
                Some(_) => {}
            }
        }
        let mut document = fresh(cloud, region, distribution);
        if let Some(known) = &inner.document {
            document.host_keys.clone_from(&known.host_keys);
            document.unlisted.clone_from(&known.unlisted);
            // Without an image, what was done before a removal is no reason to pass over it.
            let progress = known.progress.clone();
            document.progress = progress.filter(|progress| progress.image.is_some());
        }
        file::write(&self.path, &document)?;
        inner.document = Some(document);
        Ok(())
    }

    fn belongs_to_another(&self, (what, known, wanted): Difference<'_>) -> Error {
        let file = self.path.display();
        let message =
            format!("the state file {file} belongs to {what} `{known}`, not to `{wanted}`");
        Error::new(Code::State, message).hint(format!(
            "run `imgctl destroy` to end that run, use {what}:{known}, or name another state file \
             with --state"
        ))
    }

    /// Changes the document and writes it to disk before returning. Nothing changes when `change`
    /// fails.
    ///
    /// # Errors
    /// That of `change`; `Code::State` if no run has begun.
    pub fn update<T>(&self, change: impl FnOnce(&mut Document) -> Result<T>) -> Result<T> {
        let mut inner = self.locked()?;
        let Some(known) = &inner.document else {
            let message = format!("nothing is recorded in {} yet", self.path.display());
            return Err(Error::new(Code::State, message).hint("run `imgctl up` to begin"));
        };
        let mut changed = known.clone();
        let result = change(&mut changed)?;
        if changed != *known {
            file::write(&self.path, &changed)?;
            inner.document = Some(changed);
        }
        Ok(result)
    }

    /// Ends the run: deletes the file. The lock is kept, for what comes next in this process. Host keys
    /// accepted on first use and images that are not listed yet outlive the run: if there are any, the file
    /// stays and contains only them. So does `progress`, until its chain ends.
    pub fn remove(&self, progress: Option<Progress>) -> Result<()> {
        let mut inner = self.locked()?;
        let known = inner.document.as_ref();
        let known = known.map(|known| (known.host_keys.clone(), known.unlisted.clone()));
        let (host_keys, unlisted) = known.unwrap_or_default();
        let document = Document { host_keys, unlisted, progress, ..fresh("", "", "") };
        self.keep(&mut inner, document)
    }

    /// The chain that the file records has ended.
    pub fn forget_progress(&self) -> Result<()> {
        let mut inner = self.locked()?;
        let Some(known) = inner.document.clone() else { return Ok(()) };
        let document = Document { progress: None, ..known };
        if document.cloud.is_empty() {
            return self.keep(&mut inner, document);
        }
        file::write(&self.path, &document)?;
        inner.document = Some(document);
        Ok(())
    }

    /// The document of a run that has ended, if there is anything to keep of it.
    fn keep(&self, inner: &mut Inner, document: Document) -> Result<()> {
        let is_empty = document.host_keys.is_empty() && document.unlisted.is_empty();
        if is_empty && document.progress.is_none() {
            file::remove(&self.path)?;
            inner.document = None;
        } else {
            file::write(&self.path, &document)?;
            inner.document = Some(document);
        }
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // The document is replaced in one assignment: a panic elsewhere cannot leave it incomplete.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock and reads the file again: another imgctl may have written it meanwhile.
    fn locked(&self) -> Result<MutexGuard<'_, Inner>> {
        let mut inner = self.inner();
        if inner.lock.is_none() {
            let mut lock = Lock::take(&self.path)?;
            file::remove_unfinished(&self.path);
            lock.tell(&inner.work);
            inner.document = file::read(&self.path, self.author)?;
            inner.lock = Some(lock);
        }
        Ok(inner)
    }
}

/// The setting that differs, its value in the state, and the one wanted.
type Difference<'a> = (&'static str, &'a str, &'a str);

fn difference<'a>(
    known: &'a Document,
    cloud: &'a str,
    region: &'a str,
    distribution: &'a str,
) -> Option<Difference<'a>> {
    let pairs = [
        ("cloud", known.cloud.as_str(), cloud),
        ("region", &known.region, region),
        ("distribution", &known.distribution, distribution),
    ];
    pairs.into_iter().find(|(_, known, wanted)| known != wanted)
}

/// Whether anything in a cloud is known by this document only. A document without that may be
/// replaced, except for its host keys.
fn has_resources(document: &Document) -> bool {
    !document.resources.is_empty()
        || document.instances.values().any(|instance| instance.id.is_some())
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
        unlisted: Vec::new(),
        host_keys: Default::default(),
        keys: Default::default(),
        steps: Vec::new(),
        progress: None,
        values: Default::default(),
        secret_parts: Default::default(),
        libraries: Default::default(),
    }
}
