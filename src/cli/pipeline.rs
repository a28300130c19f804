//! `init --ci`: a pipeline that bakes what config.yaml says, which is the plan of that engine.

use super::global::Global;
use super::init::Ci;
use super::init::write::write_new;
use super::setup::Session;
use super::several::Several;
use super::{matrix, plan};
use crate::report::{Level, Report};
use crate::{Error, Result};

/// Writes the pipeline of a project.
pub fn pipeline(session: &Session, global: &Global, ci: Ci) -> Result<()> {
    let (engine, file) = ci.place();
    let options = Several { plan: Some(engine), ..Several::default() };
    let words = ["bake".to_owned()];
    let run = &session.run;
    let wanted = matrix::wanted(run, global, &options, &words)?
        .ok_or_else(|| Error::failed("a plan is about at least one combination"))?;
    let text = plan::text(session, engine, &wanted, &options, global)?;
    let written = write_new(&run.ui, &run.options.project.join(file), &text)?;
    if written && run.config.matrix()?.and_then(|matrix| matrix.plan.install).is_none() {
        let message = "its machines must have imgctl: install it there, or set `matrix: {plan: {install: \
                       COMMAND}}` and write the pipeline again";
        run.ui.log(Level::Info, message);
    }
    Ok(())
}
