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
    if !write_new(&run.ui, &run.options.project.join(file), &text)? {
        let message =
            format!("remove {file} to have it written anew from what config.yaml says now");
        run.ui.log(Level::Info, &message);
        return Ok(());
    }
    let plan = run.config.matrix()?.unwrap_or_default().plan;
    let cure = match ci {
        _ if plan.install.is_some() => None,
        Ci::Gitlab if plan.image.is_some() => None,
        Ci::Gitlab => Some(
            "name an image that has it (docs/release.md), `matrix: {plan: {image: IMAGE}}`, or set `install: COMMAND` there",
        ),
        Ci::Github | Ci::Jenkins => {
            Some("install it there, or set `matrix: {plan: {install: COMMAND}}`")
        }
    };
    if let Some(cure) = cure {
        let message = format!(
            "its machines must have imgctl: {cure}; then remove {file}, and `imgctl init --ci {}` writes it again",
            ci.name()
        );
        run.ui.log(Level::Info, &message);
    }
    Ok(())
}
