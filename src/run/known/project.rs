//! The cloud's project that the state is of. With the credentials of another one nothing would be found,
//! so that all would be taken for gone and forgotten, and go on costing money.

use crate::report::Watch;
use crate::run::Run;
use crate::{Code, Error, Result};

/// Fails if the credentials lead to another project than that of the state.
pub async fn check(run: &Run, watch: &Watch) -> Result<()> {
    let Some(known) = run.store.document().and_then(|document| document.project) else {
        return Ok(());
    };
    // Where the cloud does not tell, nothing speaks against it.
    let cloud = run.cloud()?;
    let Some(now) = cloud.project(watch).await?.filter(|now| *now != known) else {
        return Ok(());
    };
    let (path, word) = (run.store.path().display(), cloud.project_word());
    let message = format!("{path} is of {word} `{known}`, and the credentials are for `{now}`");
    Err(Error::new(Code::State, message).hint(format!(
        "give the credentials of `{known}`; for other work name another state file (--state FILE)"
    )))
}

/// Writes down the project of a state that has just begun: what an older one holds may be another's.
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
