//! What is asked of a server, and what became of it.

use std::path::PathBuf;

use serde::Serialize;

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
