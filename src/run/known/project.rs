//! The cloud's project that the state belongs to. With the credentials of another project nothing would
//! be found, so everything would be forgotten as gone, and would keep costing money.

use crate::report::Watch;
use crate::run::Run;
use crate::{Code, Error, Result};

/// Fails if the credentials belong to another project than the state.
pub async fn check(run: &Run, watch: &Watch) -> Result<()> {
    let Some(known) = run.store.document().and_then(|document| document.project) else {
        return Ok(());
    };
    // A cloud that does not report a project cannot be checked.
    let cloud = run.cloud()?;
    let Some(now) = cloud.project(watch).await?.filter(|now| *now != known) else {
        return Ok(());
    };
    let (path, word) = (run.store.path().display(), cloud.project_word());
    let message =
        format!("{path} belongs to {word} `{known}`, but the credentials are for `{now}`");
    Err(Error::new(Code::State, message).hint(format!(
        "use the credentials of `{known}`, or another state file (--state FILE) for other work"
    )))
}

/// Records the project of a new state. An older state keeps none: its resources may belong to another
/// project.
pub fn note(run: &Run) -> Result<()> {
    let has_begun = run.store.document().is_some_and(|document| {
        document.project.is_none() && document.instances.is_empty() && document.resources.is_empty()
    });
    if !has_begun {
        return Ok(());
    }
    let project = run.block_on(run.cloud()?.project(&run.watch))?;
    if project.is_none() {
        return Ok(());
    }
    run.store.update(|document| {
        document.project = project;
        Ok(())
    })
}
