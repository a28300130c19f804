//! Instances that were cleaned for an image: nobody can log in until a restart, which is a first boot
//! and installs the keys. Recorded before the cleaning begins, so that it is known however that ends.

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
pub fn check(record: &InstanceRecord) -> Result<()> {
    let name = &record.name;
    let (message, hint) = if record.sealed {
        (
            format!(
                "instance {name} was cleaned for an image and accepts no logins until it is restarted"
            ),
            "run `imgctl up` to restart it and install the keys",
        )
    } else if record.stopped {
        (format!("instance {name} is stopped"), "run `imgctl up` to start it again")
    } else {
        return Ok(());
    };
    Err(Error::new(Code::State, message).hint(hint))
}
