//! Steps: named parts of a script that are not repeated.

use std::time::Instant;

use rhai::plugin::*;
use rhai::{FnPtr, Map};
use serde::Deserialize;

use super::{options, room};
use crate::report::{Level, Report};
use crate::script::errors::{Fallible, OrThrow, is_again, throw};
use crate::script::running::Script;
use crate::script::steps::{Skip, Step, summary};
use crate::{Code, Error};

/// The option map of `step`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct StepOptions {
    version: Option<serde_json::Value>,
}

/// All that a step captures is compared as text.
fn compared_texts_fit(call: &NativeCallContext, closure: &FnPtr) -> Fallible<()> {
    let constants = call.global_runtime_state().constants.as_ref();
    // Given back before the step begins: it reads its constants.
    let constants = constants.and_then(|constants| rhai::locked_read(constants));
    let constants = constants.iter().flat_map(|constants| constants.values());
    room::fits(room::size_of_items(closure.iter_curry().chain(constants)))
}

fn perform(call: &NativeCallContext, name: &str, map: Map, closure: &FnPtr) -> Fallible<bool> {
    crate::script::errors::call_begins(call);
    let given: StepOptions = options::read("step", map)?;
    if name.trim().is_empty() {
        let error = Error::new(Code::Script, "a step has no name");
        return Err(throw(error.hint("it is shown while the step runs, and given to `--from`")));
    }
    let script = Script::of(call)?;
    let version = given.version.map(|version| version.to_string());
    compared_texts_fit(call, closure)?;
    loop {
        match once(call, &script, name, version.as_deref(), closure) {
            Err(error) if is_again(&error) => {
                if script.sources.have_changed() {
                    script.run.begin_again();
                    return Err(error);
                }
                script.run.ui.log(Level::Info, &format!("`{name}` is repeated"));
            }
            result => return result,
        }
    }
}

fn once(
    call: &NativeCallContext,
    script: &Script,
    name: &str,
    version: Option<&str>,
    closure: &FnPtr,
) -> Fallible<bool> {
    script.run.watch.check().or_throw()?;
    let ui = script.run.ui.clone();
    let step = Step::new(call, script, name, version, closure);
    step.claim().or_throw()?;
    match step.skip().or_throw()? {
        Skip::Done => {
            ui.step_skipped(name, "done before");
            return Ok(false);
        }
        Skip::Before(from) => {
            ui.step_skipped(name, &format!("before `{from}`"));
            return Ok(false);
        }
        Skip::Not(changes) if changes.is_empty() => {}
        Skip::Not(changes) => {
            ui.log(Level::Info, &format!("`{name}` is done again: {}", summary(&changes)));
        }
    }
    step.begin().or_throw()?;
    ui.step_started(&script.name, name);
    let started = Instant::now();
    let work = || {
        script.within_step(call, step.reads(), |call| {
            closure.call_within_context::<Dynamic>(call, ())
        })
    };
    let result = match work() {
        Ok(result) => result,
        Err(error) if is_again(&error) => {
            ui.step_repeated(name);
            return Err(error);
        }
        Err(error) => {
            ui.step_failed(name);
            return Err(error);
        }
    };
    // What functions of the library return when there was nothing to do.
    let changed = result.as_bool() != Ok(false);
    let seconds = started.elapsed().as_secs_f64();
    if !script.run.options.dry_run {
        step.done(seconds).or_throw()?;
    }
    ui.step_finished(name, seconds, changed);
    Ok(true)
}

#[export_module]
pub mod functions {
    /// Runs a part of a script and records that it is done, so that it is not repeated on the same
    /// instance: after a failure the next run continues at the step that failed. It runs again when its
    /// text, a value it uses, a function of the script or an imported module has changed, when anything has
    /// changed that it read on this machine while it ran (files and folders, settings, environment
    /// variables, secrets, the task's arguments), and with `--fresh`; `imgctl status --steps` tells why.
    /// What it asked a host, another server or a local program is not compared. True when it ran. When the
    /// closure returns `false`, as functions of the library do that had nothing to change, the step is
    /// shown as unchanged.
    ///
    /// ```rhai
    /// step("docker", || docker::install(host));
    /// ```
    #[rhai_fn(name = "step", return_raw)]
    pub fn step(call: NativeCallContext, name: &str, closure: FnPtr) -> Fallible<bool> {
        perform(&call, name, Map::new(), &closure)
    }

    /// As `step(name, closure)`, with a `version`: it runs again when that changes, and not when its text
    /// or other code does. What it reads counts as ever.
    ///
    /// ```rhai
    /// step("agent", #{ version: AGENT_VERSION }, || host.sudo("/tmp/install-agent"));
    /// ```
    #[rhai_fn(name = "step", return_raw)]
    pub fn step_with(
        call: NativeCallContext,
        name: &str,
        options: Map,
        closure: FnPtr,
    ) -> Fallible<bool> {
        perform(&call, name, options, &closure)
    }
}
