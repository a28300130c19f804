//! What every request checks and tags.

use crate::cloud::{Call, RUN_TAG, Resource, Tags};
use crate::rehearsal::world::{Machine, World};
use crate::{Error, Result};

/// Fails unless the ledger has the resource that is about to be created.
pub(super) fn written_down(intent: &Resource, call: &Call) -> Result<()> {
    let known = call.ledger.resources()?;
    if known.iter().any(|known| known.token == intent.token && known.kind == intent.kind) {
        return Ok(());
    }
    let what = format!("{} for {}", intent.kind.name(), intent.role);
    Err(Error::failed(format!("asked to create a {what} that is not recorded")))
}

pub(super) fn marked(tags: &Tags, call: &Call) -> Tags {
    let mut tags = tags.clone();
    tags.insert(RUN_TAG.to_owned(), call.run.clone());
    tags
}

pub(super) fn machine<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Machine> {
    world.instances.get_mut(id).ok_or_else(|| Error::not_found(format!("no instance {id}")))
}
