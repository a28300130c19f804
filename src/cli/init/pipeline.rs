//! `init --ci`: a pipeline that bakes what config.yaml says, which is the plan of that engine.

use clap::ValueEnum;

use super::write_new;
use crate::cli::engine::Engine;
use crate::cli::global::Global;
use crate::cli::setup::Session;
use crate::cli::several::Several;
use crate::cli::{matrix, plan};
use crate::report::{Level, Report};
use crate::{Error, Result};

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    Jenkins,
    Github,
    Gitlab,
}

impl Ci {
    /// Its engine, and where it looks for pipelines.
    fn place(self) -> (Engine, &'static str) {
        match self {
            Ci::Jenkins => (Engine::Jenkins, "Jenkinsfile"),
            Ci::Github => (Engine::Github, ".github/workflows/images.yml"),
            Ci::Gitlab => (Engine::Gitlab, ".gitlab-ci.yml"),
        }
    }
}

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
