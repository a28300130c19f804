//! The steps that this process has finished: what is tried again in it goes on behind them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub struct Finished(Mutex<BTreeSet<String>>);

impl Finished {
    /// Notes a step; `key` is any text that no other step has.
    pub fn note(&self, key: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }
}
