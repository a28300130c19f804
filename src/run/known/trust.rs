//! Pins host keys of first connections in the state file, and asks the user for passphrases.

use std::sync::Arc;

use crate::Result;
use crate::ssh::Trust;
use crate::state::Store;
use crate::ui::Ui;

pub struct StateTrust {
    pub store: Arc<Store>,
    pub ui: Arc<Ui>,
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

    fn passphrase(&self, key: &str) -> Option<String> {
        if !self.ui.interactive() {
            return None;
        }
        let passphrase = self.ui.password(&format!("passphrase of {key}")).ok()?;
        self.ui.secrets().add(&passphrase);
        Some(passphrase)
    }
}
