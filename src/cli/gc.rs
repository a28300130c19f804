//! `imgctl gc`: finds and removes what earlier runs left in the cloud, without their state files.

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::setup::Session;
use crate::cloud::{Resource, ResourceKind, UNFINISHED};
use crate::report::{Level, Report};
use crate::{Error, Result};

/// Find and remove what earlier runs left behind in the cloud.
///
/// Looks for all resources with the tag `imgctl-run` that are older than a day, except images and what
/// belongs to the run in this project's state file. A younger resource may belong to a running build.
/// Images that were begun and never finished are listed, and stay.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl gc --dry-run
  imgctl gc --older-than 8h
  imgctl gc --run 20260131-1200-ab12cd --older-than 0s --yes")]
pub struct Options {
    /// Only resources of this run.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,

    /// Only resources older than this.
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "24h",
        value_parser = duration,
        allow_hyphen_values = true
    )]
    pub older_than: SignedDuration,
}

fn duration(text: &str) -> Result<SignedDuration, &'static str> {
    let duration = text.parse::<SignedDuration>().ok().filter(|duration| !duration.is_negative());
    // A year more or less does not matter, and no time is before the calendar's first year.
    let longest = SignedDuration::from_hours(1_000_000);
    duration.filter(|duration| *duration <= longest).ok_or("write a duration such as 90s, 8h or 0s")
}

pub fn gc(session: &Session, options: &Options) -> Result<()> {
    let run = &session.run;
    let (cloud, call) = (run.cloud()?, run.call()?);
    let mut found = run.block_on(cloud.find_run(options.run.as_deref(), &call))?;
    let kept = call.ledger.resources()?;
    let in_use = |resource: &Resource| kept.iter().any(|known| known.id == resource.id);
    // Of this project's own run, a command that runs beside this one may not have written down everything:
    // `destroy` removes what is left of it.
    let own = Some(call.run.as_str()).filter(|own| options.run.is_none() && !own.is_empty());
    let is_own = |resource: &Resource| own.is_some() && resource.attribute("run") == own;
    found.retain(|resource| !in_use(resource) && !is_own(resource));
    let limit = Timestamp::now() - options.older_than;
    let is_old = |resource: &Resource| is_old(resource, limit, options.older_than.is_zero());
    found.iter().filter(|found| is_old(found)).filter_map(unfinished).for_each(|message| {
        run.ui.log(Level::Warning, &message);
    });
    found.retain(|resource| resource.kind != ResourceKind::Image);
    let all = found.len();
    found.retain(is_old);
    if found.len() < all {
        let younger = all - found.len();
        let message = format!(
            "{younger} stay: younger than {:#}, or of unknown age (--older-than 0s takes them, too)",
            options.older_than
        );
        run.ui.log(Level::Info, &message);
    }
    if found.is_empty() {
        let message =
            if all == 0 { "nothing was left behind" } else { "nothing older was left behind" };
        run.ui.log(Level::Success, message);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    run.ui.table("left_behind", &["kind", "id", "run", "name", "created"], &rows);
    let what = if found.len() == 1 { "this".to_string() } else { format!("these {}", found.len()) };
    if !run.may_change(&format!("remove {what}")) {
        return Ok(());
    }
    if !run.ui.confirm(&format!("remove {what}?"), false)? {
        return Err(Error::failed("nothing was removed"));
    }
    run.finish(cloud.destroy(&found, &call))?;
    run.ui.log(Level::Success, &format!("removed {}", found.len()));
    Ok(())
}

/// A resource without a date counts as old only if any age does.
fn is_old(resource: &Resource, limit: Timestamp, any_age: bool) -> bool {
    match resource.attribute("created").and_then(|created| created.parse::<Timestamp>().ok()) {
        Some(created) => created <= limit,
        None => any_age,
    }
}

/// What to say of an image that no command has finished. It is not removed: it may be complete.
fn unfinished(resource: &Resource) -> Option<String> {
    let name = resource.attribute(UNFINISHED)?;
    let id = resource.id.as_deref().unwrap_or(name);
    let run = resource.attribute("run").unwrap_or_default();
    Some(format!(
        "image {id} ({name}) of run {run} was never finished; delete it with `imgctl delete_image:{id}`"
    ))
}

fn row(resource: &Resource) -> Vec<String> {
    let fact = |name: &str| resource.attribute(name).unwrap_or_default().to_string();
    let kind = resource.kind.name().to_string();
    let id = resource.id.clone().unwrap_or_default();
    vec![kind, id, fact("run"), fact("name"), fact("created")]
}
