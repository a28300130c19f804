//! `imgctl gc`: what earlier runs left in the cloud, whatever became of their state files.

use clap::Args;

use super::setup::Session;
use crate::cloud::{Resource, ResourceKind};
use crate::report::{Level, Report};
use crate::{Error, Result};

/// Find and remove what earlier runs left behind in the cloud.
///
/// Looks for everything that carries the tag `imgctl-run`, except images and what the state file
/// of this project still uses.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl gc --dry-run
  imgctl gc --cloud local --yes")]
pub struct Options {
    /// Only what this run made.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
}

pub fn gc(session: &Session, options: &Options) -> Result<()> {
    let context = &session.context;
    let (cloud, call) = (context.cloud()?, context.call()?);
    let mut found = context.block_on(cloud.find_run(options.run.as_deref(), &call))?;
    let kept = call.ledger.resources()?;
    let in_use = |resource: &Resource| kept.iter().any(|known| known.id == resource.id);
    found.retain(|resource| resource.kind != ResourceKind::Image && !in_use(resource));
    if found.is_empty() {
        context.ui.log(Level::Success, "nothing was left behind");
        return Ok(());
    }
    let row = |resource: &Resource| {
        vec![
            format!("{:?}", resource.kind).to_lowercase(),
            resource.id.clone().unwrap_or_default(),
            resource.attributes.get("run").cloned().unwrap_or_default(),
            resource.attributes.get("name").cloned().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    context.ui.table(&["kind", "id", "run", "name"], &rows);
    if !context.may_change(&format!("remove these {}", found.len())) {
        return Ok(());
    }
    if !context.ui.confirm(&format!("remove these {}?", found.len()), false)? {
        return Err(Error::failed("nothing was removed"));
    }
    context.finish(cloud.destroy(&found, &call))?;
    context.ui.log(Level::Success, &format!("removed {}", found.len()));
    Ok(())
}
