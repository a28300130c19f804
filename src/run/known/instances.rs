//! The instances that the state file records, and what the cloud says of them.

use super::{ended, project};
use crate::cloud::{Instance, InstanceState};
use crate::run::Run;
use crate::state::InstanceRecord;
use crate::{Error, Result};

/// The record of an instance, or an error that says how to get one.
pub fn record(run: &Run, role: &str) -> Result<InstanceRecord> {
    let record = known(run, role)?;
    ended::check(run, role, &record)?;
    Ok(record)
}

/// As [`record`], also of an instance that was deleted for an image of its disk.
pub fn known(run: &Run, role: &str) -> Result<InstanceRecord> {
    let document = run.store.document();
    let known = document.and_then(|document| document.instances.get(role).cloned());
    known.filter(|record| record.id.is_some()).ok_or_else(|| {
        let path = run.store.path().display().to_string();
        let error = Error::not_found(format!("there is no instance `{role}` in {path}"));
        error.hint("`imgctl up` starts one")
    })
}

/// An instance of the state as the cloud sees it; none when either does not know it.
pub fn describe(run: &Run, role: &str) -> Result<Option<Instance>> {
    let Some(document) = run.store.document() else { return Ok(None) };
    // One that did not come so far as to be of use is known by what is held for it.
    let held = || {
        let mut things = document.resources.iter();
        things.find(|thing| thing.kind == "instance" && thing.role == role)?.id.clone()
    };
    let recorded = document.instances.get(role).and_then(|record| record.id.clone());
    let Some(id) = recorded.or_else(held) else { return Ok(None) };
    let (cloud, call) = (run.cloud()?, run.call()?);
    run.block_on(project::check(run, &run.watch))?;
    run.block_on(cloud.describe(&id, &call))
}

/// One that will never run again.
pub fn lost(run: &Run, role: &str, instance: &Instance) -> Error {
    let reason = instance.reason.clone().unwrap_or_else(|| "the cloud gives no reason".to_string());
    Error::failed(format!("instance {} ({}) is lost", instance.name, instance.id))
        .cause(reason)
        .hint(if ended::is_becoming_an_image(run, role) {
            "`imgctl create_image` goes on making the image of its disk; `imgctl destroy` removes \
             the disk, too"
        } else {
            "`imgctl destroy` removes what is left of it, then `imgctl up` starts a new one"
        })
}

/// One that the cloud does not know any more.
pub fn vanished(name: &str, id: &str) -> Error {
    Error::not_found(format!("instance {name} ({id}) of the state does not exist any more"))
        .hint("`imgctl destroy` forgets it, then `imgctl up` starts a new one")
}

/// Fails with what became of an instance that does not run any more, or is not on its way to.
pub async fn still_alive(run: &Run, role: Option<&str>) -> Result<()> {
    let Some(role) = role else { return Ok(()) };
    let record = record(run, role)?;
    let id = record.id.clone().unwrap_or_default();
    project::check(run, &run.watch).await?;
    match run.cloud()?.describe(&id, &run.call()?).await? {
        None => Err(vanished(&record.name, &id)),
        Some(instance) => match instance.state {
            InstanceState::Failed | InstanceState::Gone => Err(lost(run, role, &instance)),
            InstanceState::Stopped => Err(Error::failed(format!(
                "instance {} ({}) is stopped",
                instance.name, instance.id
            ))
            .hint("`imgctl up` starts it again")),
            InstanceState::Pending | InstanceState::Running | InstanceState::Stopping => Ok(()),
        },
    }
}
