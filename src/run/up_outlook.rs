//! What `up` would do, for a dry run: it asks the state and the cloud as `up` does, and changes neither.

use super::known::instances::{find, lost, vanished};
use super::known::{ended, project};
use super::plans::{Kind, Outlook};
use super::up::{UpOptions, check_role, refuse_another_base};
use super::{Run, images, progress};
use crate::Result;
use crate::cloud::InstanceState;

/// Tells what `up` would do, which counts as done from then on; false if it would do nothing.
pub fn plan(run: &Run, options: &UpOptions) -> Result<bool> {
    check_role(&options.role)?;
    let Some(verb) = verb(run, options)? else { return Ok(false) };
    run.may(Kind::Instance, &format!("{verb} the instance `{}`", options.role), || None);
    run.plans.start(&options.role);
    Ok(true)
}

/// What would be done to the instance. None: nothing, as it is running.
fn verb(run: &Run, options: &UpOptions) -> Result<Option<&'static str>> {
    let role = &options.role;
    match run.plans.outlook(role) {
        Some(Outlook::Started) => return Ok(None),
        Some(Outlook::Stopped | Outlook::Gone) => return Ok(Some("start")),
        None if progress::is_ending(run) => return Ok(Some("start")),
        None => {}
    }
    let document = run.store.document();
    let record = document.and_then(|document| document.instances.get(role).cloned());
    let Some(record) = record else { return Ok(Some("start")) };
    if ended::may_be_replaced(run, role, &record)? {
        return Ok(Some("start"));
    }
    let base = options.base.as_deref().map(|base| images::resolve_id(run, base)).transpose()?;
    refuse_another_base(&record, &UpOptions { base, ..options.clone() })?;
    let Some(id) = &record.id else { return Ok(Some("start")) };
    let (cloud, call) = (run.cloud()?, run.call()?);
    run.block_on(project::check(run, &run.watch))?;
    let found = run.block_on(find(&*cloud, id, &call))?;
    let found = found.ok_or_else(|| vanished(role, &record.name, id))?;
    match found.state {
        InstanceState::Running if !record.sealed => Ok(None),
        InstanceState::Running => Ok(Some("restart")),
        InstanceState::Pending | InstanceState::Stopping | InstanceState::Stopped => {
            Ok(Some("start"))
        }
        InstanceState::Failed | InstanceState::Gone => Err(lost(run, role, &found)),
    }
}
