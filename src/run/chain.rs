//! The chain that a run is about, as far as it has come.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::state::Progress;

#[derive(Debug, Default)]
pub struct Chain(Mutex<Inner>);

#[derive(Debug, Default)]
pub struct Inner {
    /// None: no chain runs.
    pub now: Option<Progress>,
    /// Where an earlier process was killed.
    pub earlier: Option<Progress>,
}

impl Chain {
    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        // Every write is a single assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
