//! Where changes are proposed and told: pull requests of GitHub, merge requests of GitLab, and webhooks.

mod github;
mod gitlab;
mod kind;
mod token;
pub mod webhook;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

pub use kind::Forge;

use super::Run;
use super::git::{Address, Repository};
use crate::{Error, Result};
use github::Github;

/// A request to merge a branch, as a script asks for it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The repository on this machine.
    pub folder: PathBuf,
    pub remote: Option<String>,
    pub branch: String,
    /// The branch to merge into.
    pub base: String,
    pub title: String,
    pub body: String,
    pub draft: bool,
    pub labels: Vec<String>,
    /// Names of users, or `org/team`.
    pub reviewers: Vec<String>,
    pub server: Server,
}

/// Where the request goes, as far as the remote's address does not say it.
#[derive(Debug, Clone, Default)]
pub struct Server {
    /// `github`, `gitlab` or `none`.
    pub forge: Option<String>,
    /// The base address of GitHub's API.
    pub api: Option<String>,
    /// `owner/name`.
    pub project: Option<String>,
}

/// What became of a request.
#[derive(Debug, Clone, Serialize)]
pub struct Opened {
    /// False: it was open already, and as it is asked for.
    pub changed: bool,
    /// 0: not known.
    pub number: u64,
    /// Empty: not known.
    pub url: String,
}

/// A project on a server.
pub struct Place {
    pub forge: Forge,
    pub host: String,
    pub project: String,
    pub api: String,
}

impl Place {
    /// # Errors
    /// It is not known what kind of server it is, or which project there.
    pub fn find(address: &Address, server: &Server) -> Result<Place> {
        let forge = Forge::find(address, server)?;
        let project = server.project.clone().unwrap_or_else(|| address.project.clone());
        let api = kind::api(address, server);
        Ok(Place { forge, host: address.host.clone(), project, api })
    }
}

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
