//! What a host would have by now, under `--dry-run`.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use rhai::plugin::*;

use super::host::Host;
use crate::script::errors::Fallible;
use crate::script::running::Script;

#[export_module]
pub mod functions {
    /// True under `--dry-run` for an instance that does not exist yet: its answers are those of the
    /// distribution, as it usually is.
    ///
    /// ```rhai
    /// if !host.is_planned { hygiene::check(host, cloud::image_identity("newest")); }
    /// ```
    #[rhai_fn(get = "is_planned", pure)]
    pub fn is_planned(host: &mut Host) -> bool {
        host.reached.is_planned()
    }

    /// True under `--dry-run` once something would have changed this host: what it answers may be no longer what
    /// it would answer by then.
    ///
    /// ```rhai
    /// if host.has_plans { log::info("the checks are for the host as it would be then"); return; }
    /// ```
    #[rhai_fn(get = "has_plans", pure, return_raw)]
    pub fn has_plans(call: NativeCallContext, host: &mut Host) -> Fallible<bool> {
        Ok(Script::of(&call)?.run.plans.has_changed(&host.remote().address()))
    }

    /// Under `--dry-run`, remembers that this host would have the thing by now, so that later functions
    /// count it as existing: see `planned`. Does nothing otherwise. `kind` is a word of your own, such as
    /// `user`, `package` or `file`.
    ///
    /// ```rhai
    /// host.sudo(["useradd", "ci"]);
    /// host.plan("user", "ci");
    /// ```
    #[rhai_fn(name = "plan", pure, return_raw)]
    pub fn plan(call: NativeCallContext, host: &mut Host, kind: &str, name: &str) -> Fallible<()> {
        Script::of(&call)?.run.plans.add(&host.remote().address(), kind, name);
        Ok(())
    }

    /// True under `--dry-run` when `plan` was called with the same words for this host; false otherwise.
    ///
    /// ```rhai
    /// let exists = host.test("id -u ci") || host.planned("user", "ci");
    /// ```
    #[rhai_fn(name = "planned", pure, return_raw)]
    pub fn planned(
        call: NativeCallContext,
        host: &mut Host,
        kind: &str,
        name: &str,
    ) -> Fallible<bool> {
        Ok(Script::of(&call)?.run.plans.has(&host.remote().address(), kind, name))
    }
}
