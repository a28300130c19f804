//! The steps that this process has finished: what is tried again in it goes on behind them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::Run;

#[derive(Debug, Default)]
pub struct Finished(Mutex<BTreeSet<String>>);

impl Run {
    /// Notes a step; `key` is any text that no other step has.
    pub fn step_finished(&self, key: String) {
        self.finished.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    #[must_use]
    pub fn has_finished_step(&self, key: &str) -> bool {
        self.finished.0.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }
}
