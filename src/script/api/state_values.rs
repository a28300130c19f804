//! Values that scripts keep.

use std::time::Duration;

use rhai::plugin::*;
use rhai::{Array, FnPtr, Map};
use serde::Deserialize;

use super::{convert, options};
use crate::Error;
use crate::run::values::{self, Kept};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::reads::canonical;
use crate::script::running::Script;
use crate::state::InputKind;

/// The option map of `state::set`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SetOptions {
    keep: bool,
}

/// The option map of `state::alone`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AloneOptions {
    #[serde(deserialize_with = "options::duration")]
    timeout: Option<Duration>,
}

/// Refuses what would come back as something else: infinity, what is not a number, and bytes. `place` is where in the value
/// it is.
fn storable(value: &Dynamic, place: &str) -> Fallible<()> {
    if let Some(list) = value.read_lock::<Array>() {
        return list
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| storable(item, &format!("{place}[{at}]")));
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map.iter().try_for_each(|(key, item)| storable(item, &format!("{place}.{key}")));
    }
    let (what, hint) = if value.as_float().is_ok_and(|number| !number.is_finite()) {
        (format!("{value} is not a number that can be kept"), "keep it as text, or leave it out")
    } else if value.is_blob() {
        ("bytes cannot be kept".to_owned(), "keep them as text")
    } else {
        return Ok(());
    };
    Err(throw(Error::usage(format!("`{place}`: {what}")).hint(hint)))
}

#[export_module]
pub mod functions {
    /// Keeps a value under a name for later steps and commands: text, numbers, lists, maps. It belongs to the
    /// run, and is gone with `destroy`. Under `--dry-run` it is only remembered until the end of the command.
    /// A value has 64 MiB at most, and secrets in it stay hidden in later commands; names that begin with `imgctl_`, and `publish`, are the library's.
    ///
    /// ```rhai
    /// state::set("agent", #{ version: "4.2" });
    /// ```
    #[rhai_fn(name = "set", return_raw)]
    pub fn set(call: NativeCallContext, name: &str, value: Dynamic) -> Fallible<()> {
        set_with(call, name, value, Map::new())
    }

    /// The same with `keep: true`: it belongs to the project (`.imgctl/`), needs no run, and stays when a run
    /// ends.
    ///
    /// ```rhai
    /// state::set("rollout", #{ image: image.id, told: false }, #{ keep: true });
    /// ```
    #[rhai_fn(name = "set", return_raw)]
    pub fn set_with(
        call: NativeCallContext,
        name: &str,
        value: Dynamic,
        options: Map,
    ) -> Fallible<()> {
        crate::script::errors::call_begins(&call);
        let options: SetOptions = options::read("state::set", options)?;
        let script = Script::of(&call)?;
        let kept = if options.keep { Kept::WithProject } else { Kept::WithRun };
        storable(&value, name)?;
        values::set(&script.run, name, convert::to_json(&value)?, kept).or_throw()?;
        script.reads.keeps(name);
        Ok(())
    }

    /// What is kept under a name; `()` if nothing. It is an input of the step that asks for it, unless the step
    /// sets it itself.
    ///
    /// ```rhai
    /// let agent = state::get("agent");
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(call: NativeCallContext, name: &str) -> Fallible<Dynamic> {
        get_or(call, name, Dynamic::UNIT)
    }

    /// The same with a default.
    ///
    /// ```rhai
    /// let count = state::get("count", 0);
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get_or(call: NativeCallContext, name: &str, default: Dynamic) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        let found = values::get(&script.run, name).or_throw()?;
        script.notes_value(InputKind::Kept, name, || found.clone().map(canonical));
        found.map_or(Ok(default), |value| convert::to_script(&value))
    }

    /// Removes what is kept under a name. True when there was something.
    ///
    /// ```rhai
    /// state::remove("agent");
    /// ```
    #[rhai_fn(name = "remove", return_raw)]
    pub fn remove(call: NativeCallContext, name: &str) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let had = values::remove(&script.run, name).or_throw()?;
        script.reads.keeps(name);
        Ok(had)
    }

    /// Calls the closure while nobody else does the same with this name: another imgctl of the project, and another
    /// thread, wait for its end, and tell whom they wait for. For what is kept with the project, and read, changed and
    /// written by several. Returns the closure's value. Throws inside of another call with the same name, which would
    /// wait for itself, and where several would wait for each other.
    ///
    /// ```rhai
    /// state::alone("rollout", || {
    ///     let count = state::get("rollout", 0);
    ///     state::set("rollout", count + 1, #{ keep: true });
    /// });
    /// ```
    #[rhai_fn(name = "alone", return_raw)]
    pub fn alone(call: NativeCallContext, name: &str, closure: FnPtr) -> Fallible<Dynamic> {
        alone_with(call, name, Map::new(), closure)
    }

    /// The same with `timeout`: how long it waits for others at most (`"10m"`, or seconds). Without one it waits for
    /// as long as they take.
    ///
    /// ```rhai
    /// state::alone("rollout", #{ timeout: "10m" }, || state::set("rollout", 1, #{ keep: true }));
    /// ```
    #[rhai_fn(name = "alone", return_raw)]
    pub fn alone_with(
        call: NativeCallContext,
        name: &str,
        options: Map,
        closure: FnPtr,
    ) -> Fallible<Dynamic> {
        crate::script::errors::call_begins(&call);
        let options: AloneOptions = options::read("state::alone", options)?;
        let _held = values::lock(&Script::of(&call)?.run, name, options.timeout).or_throw()?;
        closure.call_within_context(&call, ())
    }

    /// The names under which something is kept, sorted; those of the library are among them.
    ///
    /// ```rhai
    /// for name in state::keys() { print(name); }
    /// ```
    #[rhai_fn(name = "keys", return_raw)]
    pub fn keys(call: NativeCallContext) -> Fallible<Array> {
        let names = values::names(&Script::of(&call)?.run);
        Ok(names.into_iter().map(Dynamic::from).collect())
    }
}
