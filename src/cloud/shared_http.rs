//! An HTTP client that several providers of one process share: each of its own would read all certificates that
//! this computer trusts, which takes a megabyte and a twentieth of a second.

use std::sync::{Mutex, PoisonError};

use super::http::Http;
use crate::Result;

/// The client that was made last, with what it was made of.
pub struct SharedHttp<K>(Mutex<Option<(K, Http)>>);

impl<K> Default for SharedHttp<K> {
    fn default() -> SharedHttp<K> {
        SharedHttp(Mutex::default())
    }
}

impl<K: PartialEq> SharedHttp<K> {
    /// The client made of `key`. Each provider tells by itself what it cannot reach.
    pub fn of(&self, key: K, make: impl FnOnce(&K) -> Result<Http>) -> Result<Http> {
        // Every change is one assignment.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, http)) = kept.as_ref().filter(|(known, _)| *known == key) {
            return Ok(http.beside());
        }
        let http = make(&key)?;
        *kept = Some((key, http.clone()));
        Ok(http)
    }
}
