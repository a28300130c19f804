//! Instances that were cleaned for an image: nobody can log in to one until it is started again, which
//! is a first boot and hands in the keys. Written down before it is cleaned, so that it is known
//! however that ends.

use crate::run::Run;
use crate::state::InstanceRecord;
use crate::{Code, Error, Result};

/// Writes down that the instance is about to lose its keys.
pub fn note(run: &Run, role: &str) -> Result<()> {
    run.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.sealed = true;
        }
        Ok(())
    })
}

/// Fails for an instance that would not answer or would refuse us, where the state knows it.
pub fn check(record: &InstanceRecord) -> Result<()> {
    let name = &record.name;
    let (message, hint) = if record.sealed {
        (
            format!(
                "instance {name} was cleaned for an image, and lets nobody in until it is started again"
            ),
            "`imgctl up` starts it again and hands in the keys",
        )
    } else if record.stopped {
        (
            format!("instance {name} is stopped"),
            "`imgctl up` starts it again, or finds that somebody else has",
        )
    } else {
        return Ok(());
    };
    Err(Error::new(Code::State, message).hint(hint))
}
