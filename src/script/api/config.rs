//! The configuration.

use rhai::plugin::*;

use super::convert;
use crate::Error;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::reads::canonical;
use crate::script::running::Script;
use crate::state::InputKind;

/// The value, which is an input of the step that asks for it.
fn setting(script: &Script, path: &str) -> Fallible<Option<serde_json::Value>> {
    let value = script.run.setting(path).or_throw()?;
    script.notes_value(InputKind::Config, path, || value.clone().map(canonical));
    Ok(value)
}

#[export_module]
pub mod functions {
    /// The value at a dotted path of `config.yaml`, over the shipped defaults. Throws `config` when
    /// there is none. `ci_image` is that of the cloud, region and distribution in use, its profile and
    /// all levels merged; what is unset in it is `()`. `custom` is for settings of your own.
    ///
    /// ```rhai
    /// let packages = config::get("ci_image").packages.debian;
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(call: NativeCallContext, path: &str) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        match setting(&script, path)? {
            Some(value) => convert::to_script(&value),
            None => Err(throw(Error::config(format!("the configuration has no `{path}`")).hint(
                format!("set it in config.yaml, or for one command with `--set {path}=VALUE`"),
            ))),
        }
    }

    /// As `get(path)`, with a default.
    ///
    /// ```rhai
    /// let umask = config::get("ci_image.umask.value", "022");
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get_or(call: NativeCallContext, path: &str, default: Dynamic) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        match setting(&script, path)? {
            Some(value) => convert::to_script(&value),
            None => Ok(default),
        }
    }
}
