//! Where changes are proposed and told: pull requests of GitHub, merge requests of GitLab, and webhooks.

mod github;
mod gitlab;
mod kind;
mod request;
mod token;
pub mod webhook;

use std::sync::Arc;

pub use kind::Forge;
pub use request::{Opened, Request, Server};

use super::Run;
use super::git::Repository;
use crate::{Error, Result};
use github::Github;
use kind::Place;

fn place_of(run: &Arc<Run>, request: &Request) -> Result<Place> {
    let repository = Repository::open(run, &request.folder, request.remote.as_deref())?;
    Place::find(&repository.address, &request.server)
}

/// Looks whether a request could be opened, and changes nothing.
///
/// # Errors
/// No token, or one that the server does not accept or that has no right to do it; no such project.
pub fn check(run: &Arc<Run>, request: &Request) -> Result<Forge> {
    let place = place_of(run, request)?;
    if place.forge == Forge::Github {
        let github = Github::new(run, &place)?;
        run.block_on(github.check(&run.watch))?;
    }
    Ok(place.forge)
}

/// The options of `git push` that open the request on servers that take them.
pub fn push_options(run: &Arc<Run>, request: &Request) -> Result<Vec<String>> {
    match place_of(run, request)?.forge {
        Forge::Gitlab => Ok(gitlab::push_options(request)),
        Forge::Github | Forge::None => Ok(Vec::new()),
    }
}

/// Opens a request, or gives the open one of the branch this title and text.
///
/// # Errors
/// As `check`; the branch does not exist there; the server refuses it.
pub fn open(run: &Arc<Run>, request: &Request) -> Result<Opened> {
    let texts = [&request.title, &request.body];
    if texts.iter().any(|text| run.watch.is_secret(text)) {
        return Err(Error::usage(format!(
            "the pull request of `{}` contains a secret",
            request.branch
        ))
        .hint("leave it out of title and body"));
    }
    let place = place_of(run, request)?;
    let unknown = Opened { changed: false, number: 0, url: String::new() };
    if place.forge != Forge::Github || run.options.dry_run {
        if place.forge == Forge::Github {
            run.may_change(&format!(
                "open a pull request of `{}`: {}",
                request.branch, request.title
            ));
        }
        return Ok(unknown);
    }
    let github = Github::new(run, &place)?;
    run.finish(github.open(request, &run.watch))
}
