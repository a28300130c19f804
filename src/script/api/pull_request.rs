//! Requests to merge a branch: pull requests on GitHub (and GitHub Enterprise), merge requests on GitLab.

use rhai::plugin::*;
use rhai::{Array, Map};
use serde::Deserialize;

use super::{convert, options};
use crate::run::forge::{self, Request, Server};
use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;

/// The option map of all functions here.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RequestMap {
    remote: Option<String>,
    branch: String,
    base: String,
    title: String,
    body: String,
    draft: bool,
    labels: Vec<String>,
    reviewers: Vec<String>,
    forge: Option<String>,
    api: Option<String>,
    project: Option<String>,
}

fn request(script: &Script, what: &str, folder: &str, options: Map) -> Fallible<Request> {
    let given: RequestMap = options::read(what, options)?;
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(Request {
        folder: script.run.options.project.join(folder),
        remote: text(given.remote),
        branch: given.branch,
        base: given.base,
        title: given.title,
        body: given.body,
        draft: given.draft,
        labels: given.labels,
        reviewers: given.reviewers,
        server: Server {
            forge: text(given.forge),
            api: text(given.api),
            project: text(given.project),
        },
    })
}

#[export_module]
pub mod functions {
    /// Looks whether `pull_request::open` could work, and changes nothing: that the server's kind is known, the
    /// token is there and valid, the project exists, and the token may write to it. Returns the kind: `github`,
    /// `gitlab`, or `none` for a remote that is a folder.
    ///
    /// ```rhai
    /// pull_request::check("ci-platform", #{ forge: "github", api: "https://github.example.com/api/v3" });
    /// ```
    #[rhai_fn(name = "check", return_raw)]
    pub fn check(call: NativeCallContext, folder: &str, options: Map) -> Fallible<String> {
        let script = Script::of(&call)?;
        let request = request(&script, "pull_request::check", folder, options)?;
        Ok(forge::check(&script.run, &request).or_throw()?.name().to_owned())
    }

    /// What `branch::edit` must hand to the server so that it opens the request: something on GitLab, which
    /// takes `title`, `body` and so on with the push, nothing elsewhere.
    ///
    /// ```rhai
    /// let push = pull_request::push_options("ci-platform", #{ base: "main", title: "New images" });
    /// ```
    #[rhai_fn(name = "push_options", return_raw)]
    pub fn push_options(call: NativeCallContext, folder: &str, options: Map) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let request = request(&script, "pull_request::push_options", folder, options)?;
        let found = forge::push_options(&script.run, &request).or_throw()?;
        Ok(found.into_iter().map(Dynamic::from).collect())
    }

    /// Opens a pull request of a pushed `branch` into `base`, with `title` and `body`; optional are `draft`,
    /// `labels` and `reviewers` (people, and teams as `org/team`). An open one of the branch is updated. The
    /// token is `GITHUB_TOKEN`, `GH_TOKEN` or that of `gh auth token`. `remote`, `forge`, `api` and `project` tell
    /// what the remote's address does not. Returns `#{ changed, number, url }`.
    ///
    /// ```rhai
    /// pull_request::open("ci-platform", #{ branch: "imgctl/images", base: "main", title: "New images" });
    /// ```
    #[rhai_fn(name = "open", return_raw)]
    pub fn open(call: NativeCallContext, folder: &str, options: Map) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        let request = request(&script, "pull_request::open", folder, options)?;
        convert::to_script(&forge::open(&script.run, &request).or_throw()?)
    }
}
