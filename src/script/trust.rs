//! Host keys first met are pinned in the state file; passphrases are asked of the person.

use std::path::Path;
use std::sync::Arc;

use crate::ssh::{Trust, keys};
use crate::state::Store;
use crate::ui::Ui;
use crate::{Error, Result};

/// Fails where the key to log in with is locked and nobody can be asked for its passphrase.
pub fn check_login_key(ui: &Ui, key_file: Option<&Path>) -> Result<()> {
    let Some(file) = key_file.filter(|file| !ui.interactive() && keys::is_locked(file)) else {
        return Ok(());
    };
    let message = format!("the key {} needs a passphrase", file.display());
    Err(Error::config(message).cause("there is no terminal to ask for it").hint(
        "name a key without a passphrase; without key_file there is a temporary one for each run",
    ))
}

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
