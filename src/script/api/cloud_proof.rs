//! Whether an image was tried, and what it was made of.

use rhai::plugin::*;

use super::convert;
use crate::run::{images, proof};
use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;

#[export_module]
pub mod functions {
    /// When an image (`"newest"`: of this run) was last started and passed all checks, as the state file or
    /// the manifest has it: a map of `at` and `run`, and of a copy `image`, the source that was started. `()`
    /// if nothing tells it.
    ///
    /// ```rhai
    /// if cloud::verified("newest") == () { task::run("verify_image"); }
    /// ```
    #[rhai_fn(name = "verified", return_raw)]
    pub fn verified(call: NativeCallContext, id: &str) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        let id = images::resolve_id(&script.run, id).or_throw()?;
        match proof::of(&script.run, &id).or_throw()? {
            Some(proof) => convert::to_script(&proof),
            None => Ok(Dynamic::UNIT),
        }
    }

    /// Records that the image from which the instance of this role was started passed all checks, and its
    /// copies with it: they have the same bytes.
    ///
    /// ```rhai
    /// cloud::up(#{ role: "verify", base: "newest" });
    /// task::run("tests", #{ instance: "verify" });
    /// cloud::note_verified("verify");
    /// ```
    #[rhai_fn(name = "note_verified", return_raw)]
    pub fn note_verified(call: NativeCallContext, role: &str) -> Fallible<()> {
        let script = Script::of(&call)?;
        if !script.run.may_change(&format!("record that the image of `{role}` passed")) {
            return Ok(());
        }
        proof::note(&script.run, role).or_throw().map(drop)
    }

    /// What the machine was known by that an image (`"newest"`: of this run) was made of, as
    /// `state::note_identity` has recorded it; `()` if nothing tells it.
    ///
    /// ```rhai
    /// let identity = cloud::image_identity("newest");
    /// ```
    #[rhai_fn(name = "image_identity", return_raw)]
    pub fn image_identity(call: NativeCallContext, id: &str) -> Fallible<Dynamic> {
        match proof::identity(&Script::of(&call)?.run, id).or_throw()? {
            Some(identity) => convert::to_script(&identity),
            None => Ok(Dynamic::UNIT),
        }
    }
}
