//! Switching instances of this state off, and on again.

use super::instances::{known, lost, vanished};
use super::{Context, ended, project};
use crate::Result;
use crate::cloud::{Call, Capability, Instance, InstanceState};
use crate::config::HostKeySource;
use crate::report::Level;
use crate::state::InstanceRecord;

/// Makes an instance run and let us in; true when it had to do something. `found` is how the cloud
/// sees it.
pub fn on(
    context: &Context,
    role: &str,
    record: &InstanceRecord,
    found: Instance,
    call: &Call,
) -> Result<(Instance, bool)> {
    let cloud = context.cloud()?;
    match found.state {
        InstanceState::Running if !record.sealed => Ok((found, false)),
        InstanceState::Running => {
            let message = format!("{} was cleaned for an image: restarting it", record.name);
            context.watch.report.log(Level::Info, &message);
            count(context, role)?;
            Ok((context.finish(cloud.restart(&found.id, call))?, true))
        }
        InstanceState::Pending | InstanceState::Stopping | InstanceState::Stopped => {
            count(context, role)?;
            Ok((context.finish(cloud.start(&found.id, call))?, true))
        }
        InstanceState::Failed | InstanceState::Gone => Err(lost(context, role, &found)),
    }
}

/// Before the start: one whose reply is lost has handed in keys all the same.
fn count(context: &Context, role: &str) -> Result<()> {
    // One that was cleaned for an image makes a new host key, which the cloud will tell.
    let told = context.selection()?.common.ssh.host_key == HostKeySource::Console;
    context.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.starts += 1;
            let anew = told && record.sealed;
            record.host_key.take_if(|_| anew);
        }
        Ok(())
    })
}

/// Stops an instance; false when it was stopped already.
pub fn down(context: &Context, role: &str) -> Result<bool> {
    let cloud = context.cloud()?;
    cloud.require(Capability::Stop)?;
    let record = known(context, role)?;
    if ended::is(context, role, &record) {
        return Ok(false);
    }
    let (id, call) = (record.id.unwrap_or_default(), context.call()?);
    context.block_on(project::check(context, &context.watch))?;
    match context.block_on(cloud.describe(&id, &call))? {
        None => return Err(vanished(&record.name, &id)),
        Some(instance) if instance.state == InstanceState::Stopped => {
            note_stopped(context, role)?;
            return Ok(false);
        }
        Some(instance) if instance.state == InstanceState::Gone => {
            return Err(lost(context, role, &instance));
        }
        Some(_) => {}
    }
    context.store.lock()?;
    context.finish(cloud.stop(&id, &call))?;
    note_stopped(context, role)?;
    Ok(true)
}

fn note_stopped(context: &Context, role: &str) -> Result<()> {
    context.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.stopped = true;
        }
        Ok(())
    })
}
