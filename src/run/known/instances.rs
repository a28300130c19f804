//! The instances that the state file records, and what the cloud reports about them.

use super::{ended, project};
use crate::cloud::{Call, Cloud, Instance, InstanceState, MACHINE, refusals};
use crate::run::Run;
use crate::state::{InstanceRecord, Kind};
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
        error.hint(format!("{} to start one", begin(role)))
    })
}

/// What starts an instance of this role: each task has its own.
pub fn begin(role: &str) -> String {
    match role {
        "build" => "run `imgctl up`".to_owned(),
        "verify" => "run `imgctl verify_image`".to_owned(),
        other => format!("let a task call `cloud::up(#{{ role: \"{other}\" }})`"),
    }
}

/// What removes an instance that will never run again, and starts a new one.
fn replace(role: &str, left: &str) -> String {
    match role {
        "build" => format!("{DESTROY_UP}{left} and start a new one"),
        "verify" => {
            format!("run `imgctl verify_image` to {left} and test with a new one: images are kept")
        }
        other => format!(
            "let a task call `cloud::destroy(\"{other}\")` to {left}, then \
             `cloud::up(#{{ role: \"{other}\" }})`"
        ),
    }
}

/// Whether an error says that its instance will never run again: there is nothing to look at. Its hint is what of it
/// comes through a script.
pub fn is_to_be_replaced(error: &Error) -> bool {
    error.hint_text().is_some_and(|hint| hint.starts_with(DESTROY_UP))
}

const DESTROY_UP: &str = "run `imgctl destroy up` to ";

/// The cloud's description of a recorded instance; none if the state file or the cloud
/// does not know it.
pub fn describe(run: &Run, role: &str) -> Result<Option<Instance>> {
    let Some(document) = run.store.document() else { return Ok(None) };
    // An instance that never became usable is known by its resource alone.
    let held = || document.resource(Kind::Instance, role)?.id.clone();
    let recorded = document.instances.get(role).and_then(|record| record.id.clone());
    let Some(id) = recorded.or_else(held) else { return Ok(None) };
    let (cloud, call) = (run.cloud()?, run.call()?);
    run.block_on(project::check(run, &run.watch))?;
    run.block_on(cloud.describe(&id, &call))
}

/// What to do about an [`ailment`].
pub const REMEDY: &str = "make room on this computer, then run `imgctl destroy up`: what was written \
                          since then may be lost";

/// What an instance on this computer suffers from, although it runs. Other clouds know nothing of that, and
/// are not asked.
pub fn ailment(run: &Run, role: Option<&str>) -> Option<String> {
    let document = run.store.document()?;
    let is_here = document.resource(Kind::Instance, role?)?.attributes.contains_key(MACHINE);
    let instance = if is_here { describe(run, role?).ok()?? } else { return None };
    instance.reason.filter(|_| instance.state == InstanceState::Running)
}

/// The error for an instance that will never run again.
pub fn lost(run: &Run, role: &str, instance: &Instance) -> Error {
    let reason = instance.reason.clone().unwrap_or_else(|| refusals::NO_REASON.to_string());
    Error::failed(format!("instance {} ({}) is lost", instance.name, instance.id))
        .cause(reason)
        .hint(if ended::is_becoming_an_image(run, role) {
            "run `imgctl create_image` to finish the image of its disk, or `imgctl destroy` to remove \
             the disk, too"
                .to_owned()
        } else {
            replace(role, "remove what is left of it")
        })
}

/// The error for an instance that the cloud no longer knows.
pub fn vanished(role: &str, name: &str, id: &str) -> Error {
    Error::not_found(format!(
        "instance {name} ({id}), recorded in the state file, no longer exists"
    ))
    .hint(replace(role, "forget it"))
}

/// The cloud's description of an instance that the state file records. None only if it is gone: several
/// looks are needed for that on clouds whose servers may disagree.
pub async fn find(cloud: &dyn Cloud, id: &str, call: &Call) -> Result<Option<Instance>> {
    let what = format!("instance {id}");
    let look = || cloud.describe(id, call);
    cloud.grace().find_known(&what, &call.watch, look).await
}

/// Fails with the reason if an instance neither runs nor is starting.
pub async fn still_alive(run: &Run, role: Option<&str>) -> Result<()> {
    let Some(role) = role else { return Ok(()) };
    let record = record(run, role)?;
    let id = record.id.clone().unwrap_or_default();
    project::check(run, &run.watch).await?;
    match find(&*run.cloud()?, &id, &run.call()?).await? {
        None => Err(vanished(role, &record.name, &id)),
        Some(instance) => match instance.state {
            InstanceState::Failed | InstanceState::Gone => Err(lost(run, role, &instance)),
            InstanceState::Stopped => {
                let message = format!("instance {} ({}) is stopped", instance.name, instance.id);
                let error = Error::failed(message);
                let error = error.hint(format!("{} to start it again", begin(role)));
                Err(instance.reason.into_iter().fold(error, Error::cause))
            }
            InstanceState::Pending | InstanceState::Running | InstanceState::Stopping => Ok(()),
        },
    }
}
