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

    /// As `plan(kind, name)`, with what would be known of the thing: see `planned_value`. What was planned of it
    /// before is forgotten.
    ///
    /// ```rhai
    /// host.sudo(["groupadd", "--gid", "55", "docker"]);
    /// host.plan("group", "docker", "docker:x:55:");
    /// ```
    #[rhai_fn(name = "plan", pure, return_raw)]
    pub fn plan_value(
        call: NativeCallContext,
        host: &mut Host,
        kind: &str,
        name: &str,
        value: &str,
    ) -> Fallible<()> {
        Script::of(&call)?.run.plans.add_value(&host.remote().address(), kind, name, value);
        Ok(())
    }

    /// Under `--dry-run`, what `plan` was last told of the thing, an empty text if nothing was; `()` if it is not
    /// planned.
    ///
    /// ```rhai
    /// let entry = host.planned_value("group", "docker") ?? host.query("getent group docker").stdout;
    /// ```
    #[rhai_fn(name = "planned_value", pure, return_raw)]
    pub fn planned_value(
        call: NativeCallContext,
        host: &mut Host,
        kind: &str,
        name: &str,
    ) -> Fallible<Dynamic> {
        let thing = Script::of(&call)?.run.plans.thing(&host.remote().address(), kind, name);
        Ok(thing.map_or(Dynamic::UNIT, Dynamic::from))
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
