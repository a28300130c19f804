//! What `--dry-run` would have made on hosts so far.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Things by host, kind and name. Without `--dry-run` it stays empty: hosts themselves tell.
pub struct Plans {
    dry_run: bool,
    things: Mutex<BTreeSet<[String; 3]>>,
}

impl Plans {
    #[must_use]
    pub fn new(dry_run: bool) -> Plans {
        Plans { dry_run, things: Mutex::default() }
    }

    pub fn add(&self, host: &str, kind: &str, name: &str) {
        if self.dry_run {
            let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
            things.insert([host, kind, name].map(str::to_owned));
        }
    }

    #[must_use]
    pub fn has(&self, host: &str, kind: &str, name: &str) -> bool {
        let things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.contains(&[host, kind, name].map(str::to_owned))
    }
}
