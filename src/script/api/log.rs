//! Messages.

use rhai::plugin::*;

use rhai::Map;
use serde::Deserialize;
use serde_json::Value;

use super::{nested, options};
use crate::report::Level;
use crate::script::errors::Fallible;
use crate::script::running::Script;
use crate::ui::{Check, CheckResult, PackageChanges, Status};

fn log(call: &NativeCallContext, level: Level, message: &Dynamic) -> Fallible<()> {
    let text = nested::text_of(call, message)?;
    Script::of(call)?.run.watch.report.log(level, &text);
    Ok(())
}

const KEYS: [&str; 8] = ["what", "ok", "wanted", "found", "why", "skipped", "item", "seconds"];

/// A finding of `std/check`; it may have more keys.
#[derive(Deserialize)]
struct Finding {
    what: String,
    ok: bool,
    #[serde(default)]
    wanted: Value,
    #[serde(default)]
    found: Value,
    #[serde(default)]
    why: String,
    /// Why it was not looked at.
    skipped: Option<String>,
    item: Option<String>,
    seconds: Option<f64>,
}

#[export_module]
pub mod functions {
    /// Shows a message about what is being done.
    ///
    /// ```rhai
    /// log::info("the mirror is slow today");
    /// ```
    #[rhai_fn(name = "info", return_raw)]
    pub fn info(call: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&call, Level::Info, &message)
    }

    /// Shows a message that something is done.
    ///
    /// ```rhai
    /// log::success("all agents answer");
    /// ```
    #[rhai_fn(name = "success", return_raw)]
    pub fn success(call: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&call, Level::Success, &message)
    }

    /// Shows a message about something that may be wrong.
    ///
    /// ```rhai
    /// log::warn("no swap is configured");
    /// ```
    #[rhai_fn(name = "warn", return_raw)]
    pub fn warn(call: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&call, Level::Warning, &message)
    }

    /// Shows a message only with `-v`.
    ///
    /// ```rhai
    /// log::debug(`the facts are ${host.os}`);
    /// ```
    #[rhai_fn(name = "debug", return_raw)]
    pub fn debug_message(call: NativeCallContext, message: Dynamic) -> Fallible<()> {
        log(&call, Level::Debug, &message)
    }

    /// Shows the result of a check, a map as `check` of the library makes them: `what` was checked, whether it
    /// is `ok`, and `why` not. It may have what was `wanted` and `found`, the reason why it was `skipped`, the
    /// `item` that it belongs to and how many `seconds` it took. Reports list it; who calls this throws when one has failed.
    ///
    /// ```rhai
    /// log::check(#{ what: "the agent answers", ok: host.test("agent ping"), why: "it does not" });
    /// ```
    #[rhai_fn(name = "check", return_raw)]
    pub fn check(call: NativeCallContext, finding: Map) -> Fallible<()> {
        let script = Script::of(&call)?;
        let mut finding = finding;
        finding.retain(|key, value| KEYS.contains(&key.as_str()) && !value.is_unit());
        let given: Finding = options::read("log::check", finding)?;
        let result = match (&given.skipped, given.ok) {
            (Some(_), _) => CheckResult::Skipped,
            (None, true) => CheckResult::Passed,
            (None, false) => CheckResult::Failed,
        };
        let why = given.skipped.unwrap_or(given.why);
        let Finding { what, wanted, found, item, seconds, .. } = given;
        script.run.ui.check(&Check { what, result, wanted, found, why, item, seconds });
        Ok(())
    }

    /// Tells a program that reads JSON events what there is of a run: true if there is one. People are to be
    /// shown lines instead.
    ///
    /// ```rhai
    /// if log::status(#{ state: state::path(), cloud: "fake", region: "", distribution: "debian12" }) { return; }
    /// ```
    #[rhai_fn(name = "status", return_raw)]
    pub fn status(call: NativeCallContext, status: Map) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let status: Status = options::read("log::status", status)?;
        Ok(script.run.ui.status(&status))
    }

    /// Shows what a build has changed among the packages, in one line; reports list all of it.
    ///
    /// ```rhai
    /// import "std/package_changes" as package_changes;
    /// let changes = package_changes::note(cloud::host());
    /// if changes != () { log::packages(changes); }
    /// ```
    #[rhai_fn(name = "packages", return_raw)]
    pub fn packages(call: NativeCallContext, changes: Map) -> Fallible<()> {
        let script = Script::of(&call)?;
        let changes: PackageChanges = options::read("log::packages", changes)?;
        script.run.ui.packages(&changes);
        Ok(())
    }
}
