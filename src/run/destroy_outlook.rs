//! What `destroy` would remove, for a dry run: by what the cloud shows now, not by what the state remembers.

use super::Run;
use super::known::project;
use super::plans::{Kind, Outlook};
use crate::Result;
use crate::cloud::{Resource, ResourceKind};

/// Tells what would be removed of a role, or of every role, which counts as gone from then on; false if it
/// would be nothing.
pub fn plan(run: &Run, role: Option<&str>) -> Result<bool> {
    let planned = match role {
        Some(role) => match run.plans.outlook(role) {
            Some(Outlook::Gone) => return Ok(false),
            outlook => outlook.is_some(),
        },
        None if run.plans.is_all_gone() => return Ok(false),
        None => run.plans.has_started(None),
    };
    let what = role.map_or("everything of this run".to_owned(), |role| format!("`{role}`"));
    let known = known(run, role)?;
    let told = match (known, planned) {
        (Known::Nothing, false) => return Ok(false),
        (Known::Nothing | Known::Gone, true) => format!("remove {what}"),
        (Known::There(all), _) => format!("remove {what}: {}", all.join(", ")),
        (Known::Gone, false) if role.is_some() => return Ok(false),
        (Known::Gone, false) => {
            "remove the state file: nothing of this run exists in the cloud any more".to_owned()
        }
    };
    run.may(Kind::Instance, &told, || None);
    run.plans.end(role);
    Ok(true)
}

/// What exists of the run.
enum Known {
    /// The state records nothing, and the cloud shows nothing.
    Nothing,
    /// The state records what the cloud does not show any more.
    Gone,
    /// `instance i-0123`
    There(Vec<String>),
}

fn known(run: &Run, role: Option<&str>) -> Result<Known> {
    if run.store.document().is_none() {
        return Ok(Known::Nothing);
    }
    let (cloud, call) = (run.cloud()?, run.call()?);
    run.block_on(project::check(run, &run.watch))?;
    let mut recorded = call.ledger.resources()?;
    let mut shown = run.block_on(cloud.find_run(Some(&call.run), &call))?;
    let is_same = |a: &Resource, b: &Resource| a.kind == b.kind && a.id == b.id;
    match role {
        Some(role) => {
            recorded.retain(|it| it.role == role);
            shown.retain(|it| recorded.iter().any(|known| is_same(known, it)));
        }
        // Finished images stay, and the state does not record them as something to remove.
        None => shown.retain(|it| {
            it.kind != ResourceKind::Image || recorded.iter().any(|known| is_same(known, it))
        }),
    }
    let named = |it: &Resource| Some(format!("{} {}", it.kind, it.id.as_deref()?));
    let mut all: Vec<String> = shown.iter().filter_map(named).collect();
    // Their requests were not answered.
    let unanswered = recorded.iter().filter(|it| it.id.is_none());
    all.extend(unanswered.map(|it| format!("{} that was requested", it.kind)));
    Ok(match (all.is_empty(), recorded.is_empty()) {
        (true, true) => Known::Nothing,
        (true, false) => Known::Gone,
        (false, _) => Known::There(all),
    })
}
