//! The token for GitHub's API: a variable, else that of the `gh` program.

use std::sync::Arc;
use std::time::Duration;

use super::kind::{GITHUB, Place};
use crate::run::Run;
use crate::run::program::{self, Bounds};
use crate::{Code, Error, Result, said};

/// In the order that `gh` has.
const VARIABLES: &[&str] = &["GH_TOKEN", "GITHUB_TOKEN"];
const OF_ENTERPRISE: &[&str] =
    &["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"];

/// How many of the last lines of `gh` an error quotes.
const QUOTED_LINES: usize = 3;

const BOUNDS: Bounds = Bounds { timeout: Some(Duration::from_secs(20)), keep: 1 << 16 };

/// # Errors
/// No token was found, or the text cannot be one.
pub fn token(run: &Arc<Run>, place: &Place) -> Result<String> {
    let host = if place.host.is_empty() { GITHUB } else { &place.host };
    let names = if host == GITHUB { VARIABLES } else { OF_ENTERPRISE };
    let set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let (value, source) = match names.iter().find(set) {
        Some(name) => (std::env::var(name).unwrap_or_default(), *name),
        None => (of_gh(run, host)?, "gh auth token"),
    };
    let value = value.trim();
    if value.is_empty() {
        return Err(none(host));
    }
    run.watch.report.secret(value);
    if !value.chars().all(|c| c.is_ascii_graphic()) {
        let message = format!("{source} is not a token for the API of {host}");
        return Err(Error::new(Code::Authentication, message)
            .cause("it contains blanks or characters that no token has"));
    }
    Ok(value.to_owned())
}

fn none(host: &str) -> Error {
    Error::new(Code::Authentication, format!("there is no token for the API of {host}"))
        .hint("set GITHUB_TOKEN, or log in with `gh auth login`")
}

/// What `gh` prints, which may be nothing.
///
/// # Errors
/// There is no such program, or it is not logged in there, with its reason.
fn of_gh(run: &Run, host: &str) -> Result<String> {
    let mut command = tokio::process::Command::new("gh");
    command.args(["auth", "token", "--hostname", host]).env("GH_PROMPT_DISABLED", "1");
    let ended = match run.finish(program::run(command, "gh auth token", &BOUNDS, &run.watch)) {
        Ok(ended) => ended,
        Err(error) if error.code() == Code::Interrupted => return Err(error),
        Err(error) => return Err(none(host).cause(error)),
    };
    if !ended.status.success() {
        return Err(said::last(&ended.stderr, QUOTED_LINES)
            .into_iter()
            .fold(none(host), Error::cause));
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}
