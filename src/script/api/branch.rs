//! Changes to a git repository on a branch of their own, pushed, while the user's folder, index and branches
//! stay as they are. By the `git` program: hooks, signing and credentials are the user's.

use rhai::plugin::*;
use rhai::{FnPtr, Map};
use serde::Deserialize;

use super::{convert, options};
use crate::Error;
use crate::run::git::{Edit, Wanted, check};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;

/// The option map of `branch::check` and `branch::edit`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BranchMap {
    branch: String,
    message: String,
    base: Option<String>,
    remote: Option<String>,
    push_options: Vec<String>,
}

fn wanted(script: &Script, what: &str, folder: &str, options: Map) -> Fallible<Wanted> {
    let given: BranchMap = options::read(what, options)?;
    if given.branch.is_empty() {
        let error = Error::usage(format!("{what} is not told the branch"));
        return Err(throw(error.hint("write `#{ branch: \"imgctl/images\", … }`")));
    }
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(Wanted {
        folder: script.run.options.project.join(folder),
        branch: given.branch,
        message: given.message,
        base: text(given.base),
        remote: text(given.remote),
        push_options: given.push_options,
    })
}

/// Calls the closure with the folder of a worktree.
fn within(call: &NativeCallContext, edit: &Edit, closure: &FnPtr) -> Fallible<Dynamic> {
    let folder = edit.folder().to_string_lossy().trim_end_matches('/').to_owned();
    closure.call_within_context(call, (folder,))
}

#[export_module]
pub mod functions {
    /// Looks whether `branch::edit` could work, and changes nothing: repository, remote, base, the right to
    /// push, and that the branch has no commits of others. Calls the closure with the folder of a temporary
    /// worktree at the remote's newest commit, for what else is to be looked at; returns
    /// `#{ branch, base, value }`, the last one being the closure's.
    ///
    /// ```rhai
    /// let before = branch::check("ci-platform", #{ branch: "imgctl/images" }, |folder| {
    ///     dictionary::get(`${folder}/images.yaml`, "images.aws.us-west-2.centos7")
    /// }).value;
    /// ```
    #[rhai_fn(name = "check", return_raw)]
    pub fn check_branch(
        call: NativeCallContext,
        folder: &str,
        options: Map,
        closure: FnPtr,
    ) -> Fallible<Map> {
        let script = Script::of(&call)?;
        let wanted = wanted(&script, "branch::check", folder, options)?;
        let found = check(&script.run, &wanted).or_throw()?;
        let edit = Edit::begin(&script.run, wanted).or_throw()?;
        let value = within(&call, &edit, &closure)?;
        let pairs =
            [("branch", found.branch.into()), ("base", found.base.into()), ("value", value)];
        Ok(pairs.into_iter().map(|(key, value): (&str, Dynamic)| (key.into(), value)).collect())
    }

    /// Changes files on a branch: makes a temporary worktree at the newest commit of the remote's default
    /// branch (or of `base`), calls the closure with its folder, commits what the closure changed there with
    /// `message`, and pushes it. `remote` is `origin`; `push_options` are for the server. A branch of an earlier
    /// try is replaced, unless others have committed to it.
    ///
    /// Returns `#{ changed, pushed, branch, base, commit }`: `changed` is false if the base has it already, and
    /// `pushed` if the branch has. With `--dry-run` the closure is called, and nothing is committed; then it
    /// returns whether it would change anything, as `dictionary::set` does.
    ///
    /// ```rhai
    /// branch::edit("ci-platform", #{ branch: "imgctl/images", message: `Use ${image.id}` }, |folder| {
    ///     dictionary::set(`${folder}/images.yaml`, "images.aws.us-west-2.centos7", image.id)
    /// });
    /// ```
    #[rhai_fn(name = "edit", return_raw)]
    pub fn edit(
        call: NativeCallContext,
        folder: &str,
        options: Map,
        closure: FnPtr,
    ) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        let wanted = wanted(&script, "branch::edit", folder, options)?;
        if wanted.message.trim().is_empty() {
            let error = Error::usage("branch::edit has no message for the commit");
            return Err(throw(error.hint("write `#{ message: \"…\" }`")));
        }
        let edit = Edit::begin(&script.run, wanted).or_throw()?;
        let value = within(&call, &edit, &closure)?;
        let edited = edit.conclude(&script.run, value.as_bool().unwrap_or(true)).or_throw()?;
        convert::to_script(&edited)
    }
}
