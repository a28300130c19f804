//! Work of which so much is done at once as there are processors: more would only take memory.

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, PoisonError};

pub struct Turns {
    free: Mutex<usize>,
    one_ended: Condvar,
}

impl Default for Turns {
    fn default() -> Self {
        let count = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Turns { free: Mutex::new(count), one_ended: Condvar::new() }
    }
}

/// Ends when it is dropped, also by a panic.
#[must_use = "it ends when it is dropped"]
pub struct Turn<'t>(&'t Turns);

impl Turns {
    /// Waits for one. Whoever has one must not take another.
    pub fn take(&self) -> Turn<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.one_ended.wait_while(free, |free| *free == 0);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.one_ended.notify_one();
    }
}
