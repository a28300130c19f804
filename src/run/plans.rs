//! What `--dry-run` would have made so far: things on hosts, and values that scripts keep.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Things by host, kind and name. Without `--dry-run` it stays empty: hosts themselves tell.
pub struct Plans {
    dry_run: bool,
    things: Mutex<BTreeSet<[String; 3]>>,
    /// None: it would have been removed.
    values: Mutex<BTreeMap<String, Option<Value>>>,
}

impl Plans {
    #[must_use]
    pub fn new(dry_run: bool) -> Plans {
        Plans { dry_run, things: Mutex::default(), values: Mutex::default() }
    }

    pub fn add(&self, host: &str, kind: &str, name: &str) {
        if self.dry_run {
            let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
            things.insert([host, kind, name].map(str::to_owned));
        }
    }

    pub fn set_value(&self, name: &str, value: Option<Value>) {
        if self.dry_run {
            let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
            values.insert(name.to_owned(), value);
        }
    }

    /// The value that would be kept under a name by now; none if nothing would have changed.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Option<Value>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The names of values that would have changed, and whether each would be there.
    #[must_use]
    pub fn values(&self) -> Vec<(String, bool)> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().map(|(name, value)| (name.clone(), value.is_some())).collect()
    }

    #[must_use]
    pub fn has(&self, host: &str, kind: &str, name: &str) -> bool {
        let things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.contains(&[host, kind, name].map(str::to_owned))
    }
}
