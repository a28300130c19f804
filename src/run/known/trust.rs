//! Pins host keys of first connections in the state file, and asks the user for passphrases.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Result;
use crate::report::{Level, Report};
use crate::ssh::Trust;
use crate::state::Store;
use crate::ui::Ui;

pub struct StateTrust {
    pub store: Arc<Store>,
    pub ui: Arc<Ui>,
    /// Keys accepted on first use by this process.
    first_uses: AtomicUsize,
}

impl StateTrust {
    #[must_use]
    pub fn new(store: Arc<Store>, ui: Arc<Ui>) -> StateTrust {
        StateTrust { store, ui, first_uses: AtomicUsize::new(0) }
    }

    /// Tells how many keys were accepted on first use, if only the first of them was told.
    pub fn sum_up(&self) {
        let count = self.first_uses.load(Ordering::Relaxed);
        if count > 1 {
            let message = format!(
                "{count} hosts for the first time: their host keys were accepted and are pinned in \
                 {} (-v lists each)",
                self.store.path().display()
            );
            self.ui.log(Level::Warning, &message);
        }
    }
}

impl Trust for StateTrust {
    fn pinned(&self, address: &str) -> Option<String> {
        self.store.document()?.host_keys.get(address).cloned()
    }

    fn pin(&self, address: &str, key: &str) -> Result<()> {
        if self.store.document().is_none() {
            self.store.begin("", "", "")?;
        }
        self.store.update(|document| {
            document.host_keys.insert(address.to_string(), key.to_string());
            Ok(())
        })
    }

    /// The first at once and in full, as the others might be hundreds.
    fn announce(&self, message: &str, report: &dyn Report) {
        let earlier = self.first_uses.fetch_add(1, Ordering::Relaxed);
        report.log(if earlier == 0 { Level::Warning } else { Level::Debug }, message);
    }

    fn passphrase(&self, key: &str) -> Option<String> {
        if !self.ui.interactive() {
            return None;
        }
        let passphrase = self.ui.password(&format!("passphrase of {key}")).ok()?;
        self.ui.secrets().add(&passphrase);
        Some(passphrase)
    }
}
