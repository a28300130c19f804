//! Instances that were cleaned for an image: nobody can log in until a restart, which is a first boot
//! and installs the keys. Recorded before the cleaning begins, so that it is known however that ends.

use super::instances::begin;
use crate::run::Run;
use crate::state::InstanceRecord;
use crate::{Code, Error, Result};

/// Records that the instance is about to lose its keys.
pub fn note(run: &Run, role: &str) -> Result<()> {
    run.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.sealed = true;
        }
        Ok(())
    })
}

/// Fails for an instance that the state records as stopped or cleaned: it would not accept a login.
pub fn check(role: &str, record: &InstanceRecord) -> Result<()> {
    let name = &record.name;
    let (message, hint) = if record.sealed {
        (
            format!(
                "instance {name} was cleaned for an image and accepts no logins until it is restarted"
            ),
            format!("{} to restart it and install the keys", begin(role)),
        )
    } else if record.stopped {
        (format!("instance {name} is stopped"), format!("{} to start it again", begin(role)))
    } else {
        return Ok(());
    };
    Err(Error::new(Code::State, message).hint(hint))
}
