//! Panics: defects of imgctl. They become errors where scripts are run, so that `--on-error` is honoured;
//! here they are kept from the screen, where the standard library would write them without redaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Error, Result};

/// The places of the panics so far, in the program's own source.
#[derive(Clone, Default)]
pub struct Panics(Arc<Mutex<Vec<String>>>);

impl Panics {
    /// From now on, panics of all threads are noted.
    pub fn note() -> Panics {
        let panics = Panics::default();
        let theirs = panics.clone();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            theirs.0.lock().unwrap_or_else(PoisonError::into_inner).push(place);
        }));
        panics
    }

    /// Runs the work; a panic is an error.
    pub fn caught<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let done = catch_unwind(AssertUnwindSafe(work));
        done.unwrap_or_else(|payload| Err(Error::panicked(&*payload)))
    }

    /// The places that nobody has asked for yet.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
