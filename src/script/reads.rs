//! What a script reads while a step runs, so that the step is repeated when any of it has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::run::Run;
use crate::run::digest::{self, ABSENT};
use crate::state::{InputKind, InputRecord};

/// What was read within a step, or by a script outside of its steps.
#[derive(Default)]
pub struct Reads {
    /// The step or script around it.
    outer: Option<Arc<Reads>>,
    is_step: bool,
    /// Another cloud, region or distribution is worked on: settings are those of that place, and cannot be
    /// compared here.
    is_elsewhere: bool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    read: BTreeMap<(InputKind, String), Found>,
    /// Files that the step itself has written are no input of it.
    written: BTreeSet<PathBuf>,
    /// The same of values that it keeps.
    kept: BTreeSet<String>,
}

/// What was found there.
#[derive(Clone)]
pub enum Found {
    Digest {
        digest: String,
        secret: bool,
    },
    /// A value, which may turn out to be a secret later. None: it is not set.
    Value {
        text: Option<String>,
        secret: bool,
    },
    /// As an inner step has recorded it.
    Recorded(InputRecord),
}

impl Reads {
    /// Of a script that a step runs, or none.
    #[must_use]
    pub fn of_script(within: Option<&Arc<Reads>>) -> Arc<Reads> {
        let outer = within.filter(|outer| outer.has_step()).cloned();
        Arc::new(Reads { outer, ..Reads::default() })
    }

    #[must_use]
    pub fn of_step(within: &Arc<Reads>) -> Arc<Reads> {
        Arc::new(Reads { outer: Some(within.clone()), is_step: true, ..Reads::default() })
    }

    #[must_use]
    pub fn elsewhere(within: &Arc<Reads>) -> Arc<Reads> {
        Arc::new(Reads { outer: Some(within.clone()), is_elsewhere: true, ..Reads::default() })
    }

    /// Whether a step is running.
    #[must_use]
    pub fn has_step(&self) -> bool {
        self.around().any(|reads| reads.is_step)
    }

    /// Whether a secret was read: what is made of it may tell it.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        let is_secret = |(kind, _): &(InputKind, String), found: &Found| {
            *kind == InputKind::SecretVariable
                || matches!(
                    found,
                    Found::Digest { secret: true, .. } | Found::Value { secret: true, .. }
                )
        };
        self.around()
            .any(|reads| reads.known().read.iter().any(|(name, found)| is_secret(name, found)))
    }

    /// Itself and what is around it, inside out.
    fn around(&self) -> impl Iterator<Item = &Reads> {
        std::iter::successors(Some(self), |reads| reads.outer.as_deref())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, kind: InputKind, name: &str, found: &Found) {
        // Settings of another place cannot be compared by a step outside of it.
        let mut is_elsewhere = false;
        for (depth, reads) in self.around().enumerate() {
            let is_comparable = kind != InputKind::Config || !is_elsewhere;
            if (depth == 0 || reads.is_step) && is_comparable {
                let mut known = reads.known();
                if kind != InputKind::Kept || !known.kept.contains(name) {
                    known.read.insert((kind, name.to_owned()), found.clone());
                }
            }
            is_elsewhere |= reads.is_elsewhere;
            // A task that a step runs has other arguments, which come from the step itself.
            if kind == InputKind::Arguments && reads.is_script() {
                break;
            }
        }
    }

    fn is_script(&self) -> bool {
        !self.is_step && !self.is_elsewhere
    }

    /// Whether a step around has written this file.
    #[must_use]
    pub fn has_written(&self, path: &Path) -> bool {
        self.around().any(|reads| reads.known().written.iter().any(|own| path.starts_with(own)))
    }

    /// Notes a file or folder that the script writes.
    pub fn wrote(&self, project: &Path, path: &Path) {
        for reads in self.around().filter(|reads| reads.is_step) {
            let mut known = reads.known();
            known.read.retain(|(kind, name), _| !is_file(*kind) || project.join(name) != path);
            known.written.insert(path.to_owned());
        }
    }

    /// Notes that the script sets or removes a value: it is no longer an input of the step that does so.
    pub fn keeps(&self, name: &str) {
        let around = self.around().enumerate();
        for (_, reads) in around.filter(|(depth, reads)| *depth == 0 || reads.is_step) {
            let mut known = reads.known();
            known.read.remove(&(InputKind::Kept, name.to_owned()));
            known.kept.insert(name.to_owned());
        }
    }

    /// Everything read so far, as the state file has it: values become digests, those of secrets with
    /// the key of this machine.
    #[must_use]
    pub fn records(&self, run: &Run) -> Vec<InputRecord> {
        let known = self.known();
        known.read.iter().map(|((kind, name), found)| record(run, *kind, name, found)).collect()
    }
}

fn is_file(kind: InputKind) -> bool {
    matches!(kind, InputKind::File | InputKind::Tree | InputKind::Exists)
}

/// An input as the state file has it.
#[must_use]
pub fn record(run: &Run, kind: InputKind, name: &str, found: &Found) -> InputRecord {
    let name = run.ui.secrets().redact(name);
    let secret = match found {
        Found::Recorded(record) => return record.clone(),
        Found::Digest { secret, .. } => *secret,
        Found::Value { text, secret } => {
            *secret || text.as_ref().is_some_and(|text| run.watch.is_secret(text))
        }
    };
    let digest = digest_of(run, found, secret);
    let is_sealed = secret && !matches!(found, Found::Value { text: None, .. });
    InputRecord { kind, name, digest, key: is_sealed.then(|| run.digests.key_name()) }
}

/// The digest of what was found, as that of a secret or not.
#[must_use]
pub fn digest_of(run: &Run, found: &Found, secret: bool) -> String {
    match found {
        Found::Recorded(record) => record.digest.clone(),
        Found::Value { text: None, .. } => "unset".to_owned(),
        Found::Digest { digest, .. } if digest == ABSENT => digest.clone(),
        Found::Digest { digest: text, .. } | Found::Value { text: Some(text), .. } if secret => {
            run.digests.sealed(text.as_bytes()).digest
        }
        Found::Digest { digest, .. } => digest.clone(),
        Found::Value { text: Some(text), .. } => digest::of(&[text]),
    }
}

/// A value of the configuration as text; the order of keys has no meaning.
#[must_use]
pub fn canonical(mut value: serde_json::Value) -> String {
    value.sort_all_objects();
    value.to_string()
}
