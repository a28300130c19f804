//! `--plan ENGINE`: several combinations as jobs of the engine that the user has. Nothing is run.

mod document;
mod environment;
mod quote;
mod shares;
mod template;

use super::engine::Engine;
use super::global::{Global, OnError};
use super::matrix::Wanted;
use super::setup::Session;
use super::several::Several;
use crate::config::Config;
use crate::report::{Level, Report};
use crate::{Error, Result};
use document::Document;

/// Most jobs of one matrix of GitHub Actions.
const MOST_OF_GITHUB: usize = 256;

/// Prints the plan.
///
/// # Errors
/// `Code::Usage` for what a job on another machine cannot do.
pub fn show(
    session: &Session,
    engine: Engine,
    wanted: &Wanted,
    options: &Several,
    global: &Global,
) -> Result<u8> {
    let text = text(session, engine, wanted, options, global)?;
    session.run.ui.print(text.trim_end());
    Ok(0)
}

/// The plan.
///
/// # Errors
/// `Code::Usage` for what a job on another machine cannot do.
pub fn text(
    session: &Session,
    engine: Engine,
    wanted: &Wanted,
    options: &Several,
    global: &Global,
) -> Result<String> {
    let run = &session.run;
    check(wanted, global)?;
    let document = Document::new(run, wanted, options, global)?;
    for cloud in &document.clouds {
        if engine == Engine::Github && document.of(&cloud.name).count() > MOST_OF_GITHUB {
            let message =
                format!("GitHub runs at most {MOST_OF_GITHUB} jobs of cloud {}", cloud.name);
            return Err(Error::usage(message).hint("plan them in parts, by distribution say"));
        }
    }
    let text = template::render(&run.options.project, engine, &document)?;
    for warning in unheeded(engine, &document) {
        run.ui.log(Level::Warning, &warning);
    }
    Ok(text)
}

/// What was asked for and the engine cannot do.
fn unheeded(engine: Engine, document: &Document) -> Vec<String> {
    let mut found = Vec::new();
    let is_limited = document.clouds.iter().any(|cloud| cloud.at_once.is_some());
    if engine == Engine::Kubernetes && is_limited {
        found.push("kubernetes starts all Jobs at once: limit them with a ResourceQuota for `pods` or a queue such as Kueue".to_owned());
    }
    if matches!(engine, Engine::Gitlab | Engine::Kubernetes) && document.fail_fast {
        let name = if engine == Engine::Gitlab { "gitlab" } else { "kubernetes" };
        found.push(format!("{name} has no `--fail-fast`: a failed job stops no other"));
    }
    if engine == Engine::Kubernetes && document.image.is_none() {
        found.push(format!(
            "the Jobs name the image imgctl:{}, which no registry has: set `matrix: {{plan: {{image: IMAGE}}}}`",
            document.imgctl
        ));
    }
    let limits_all = document.jobs.is_some() && document.clouds.len() > 1;
    if limits_all && matches!(engine, Engine::Github | Engine::Gitlab | Engine::Jenkins) {
        found.push("the engine counts `jobs` for each cloud by itself".to_owned());
    }
    found
}

fn check(wanted: &Wanted, global: &Global) -> Result<()> {
    let given = [
        ("--report", global.report.is_some()),
        ("--junit", global.junit.is_some()),
        ("--state", global.state.is_some()),
    ];
    if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
        return Err(Error::usage(format!("`{option}` cannot be planned")).hint(
            "leave it out: each job keeps the state, log and result of its combination, and \
             `imgctl matrix collect` brings them together",
        ));
    }
    if global.on_error == OnError::Ask {
        return Err(Error::usage("`--on-error ask` cannot ask in a job")
            .hint("choose `--on-error keep` or `--on-error destroy`"));
    }
    if let Some(key) = Config::secret_among(&global.overrides) {
        return Err(Error::usage(format!("`--set {key}=…` would write a secret into the plan"))
            .hint(format!(
                "set {key} to `${{NAME}}` in config.yaml: the plan then refers to NAME"
            )));
    }
    let mut parts = wanted.selections.iter().flat_map(|it| [&it.region, &it.distribution]);
    if let Some(name) = parts.find(|name| name.contains(',')) {
        return Err(Error::usage(format!("`{name}` cannot be planned"))
            .cause(
                "a comma separates the combinations of `--combination`, by which jobs name theirs",
            )
            .hint("give it a name without a comma"));
    }
    let nowhere = wanted.selections.iter().find(|it| it.cloud == "ec2" && it.region.is_empty());
    match nowhere {
        Some(selection) => {
            let message = format!("no region is set for ec2/{}", selection.distribution);
            Err(Error::usage(message)
                .hint("name it: a job does not know the region of this machine"))
        }
        None => Ok(()),
    }
}
