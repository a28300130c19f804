//! Stopping instances, and starting them again.

use super::Run;
use super::known::instances::{find, known, lost, vanished};
use super::known::{ended, project};
use crate::Result;
use crate::cloud::{Call, Capability, Instance, InstanceState};
use crate::config::HostKeySource;
use crate::report::Level;
use crate::state::InstanceRecord;

/// Starts an instance, or restarts one that was cleaned for an image; true when it had to do either.
/// `found` is the cloud's current description.
pub fn on(
    run: &Run,
    role: &str,
    record: &InstanceRecord,
    found: Instance,
    call: &Call,
) -> Result<(Instance, bool)> {
    let cloud = run.cloud()?;
    match found.state {
        InstanceState::Running if !record.sealed => Ok((found, false)),
        InstanceState::Running => {
            let message = format!("{} was cleaned for an image: restarting it", record.name);
            run.watch.report.log(Level::Info, &message);
            count(run, role)?;
            Ok((run.finish(cloud.restart(&found.id, call))?, true))
        }
        InstanceState::Pending | InstanceState::Stopping | InstanceState::Stopped => {
            count(run, role)?;
            Ok((run.finish(cloud.start(&found.id, call))?, true))
        }
        InstanceState::Failed | InstanceState::Gone => Err(lost(run, role, &found)),
    }
}

/// Counts a start before it is requested: a start whose reply is lost has installed keys, too.
fn count(run: &Run, role: &str) -> Result<()> {
    // A cleaned instance generates a new host key, which the cloud will report.
    let told = run.selection()?.common.ssh.host_key == HostKeySource::Console;
    run.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.starts += 1;
            let anew = told && record.sealed;
            record.host_key.take_if(|_| anew);
        }
        Ok(())
    })
}

/// What there is to stop.
enum Found {
    /// Its id.
    Running(String),
    Stopped(Instance),
    /// It was deleted for an image.
    Ended,
}

/// Stops an instance; false when it was stopped already.
pub fn down(run: &Run, role: &str) -> Result<bool> {
    match look(run, role)? {
        Found::Running(id) => {
            run.store.lock()?;
            run.finish(run.cloud()?.stop(&id, &run.call()?))?;
            note_stopped(run, role)?;
            Ok(true)
        }
        Found::Stopped(instance) => {
            if let Some(reason) = instance.reason {
                let message = format!("{}: {reason}", instance.name);
                run.watch.report.log(Level::Info, &message);
            }
            note_stopped(run, role)?;
            Ok(false)
        }
        Found::Ended => Ok(false),
    }
}

/// Whether [`down`] would stop something, by what the cloud tells now.
pub fn would_stop(run: &Run, role: &str) -> Result<bool> {
    Ok(matches!(look(run, role)?, Found::Running(_)))
}

fn look(run: &Run, role: &str) -> Result<Found> {
    let cloud = run.cloud()?;
    cloud.require(Capability::Stop)?;
    let record = known(run, role)?;
    if ended::is(run, role, &record) {
        return Ok(Found::Ended);
    }
    let (id, call) = (record.id.unwrap_or_default(), run.call()?);
    run.block_on(project::check(run, &run.watch))?;
    let found = run.block_on(find(&*cloud, &id, &call))?;
    let found = found.ok_or_else(|| vanished(role, &record.name, &id))?;
    match found.state {
        InstanceState::Stopped => Ok(Found::Stopped(found)),
        InstanceState::Gone => Err(lost(run, role, &found)),
        _ => Ok(Found::Running(id)),
    }
}

fn note_stopped(run: &Run, role: &str) -> Result<()> {
    run.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            record.stopped = true;
        }
        Ok(())
    })
}
