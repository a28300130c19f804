//! Logins that several providers of one process share: builds side by side log in once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// By what they were got with, which may be a secret and is never shown.
pub struct Logins<T>(Mutex<HashMap<String, Arc<T>>>);

impl<T> Default for Logins<T> {
    fn default() -> Logins<T> {
        Logins(Mutex::default())
    }
}

impl<T: Default> Logins<T> {
    /// The login for these credentials, which may not have happened yet.
    pub fn of(&self, credentials: &str) -> Arc<T> {
        self.of_or(credentials, T::default)
    }
}

impl<T> Logins<T> {
    /// As [`Logins::of`], made so where it is not there yet.
    pub fn of_or(&self, credentials: &str, make: impl FnOnce() -> T) -> Arc<T> {
        // Every change is one insertion.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(credentials.to_owned()).or_insert_with(|| Arc::new(make())).clone()
    }
}
