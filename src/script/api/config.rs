//! The configuration.

use rhai::plugin::*;

use super::convert;
use crate::Error;
use crate::config::missing;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;

/// The error of a path without a value: the nearest name, where one is near.
fn nothing(script: &Script, path: &str) -> Error {
    let error = Error::config(format!("the configuration has no `{path}`"));
    let told = missing::by_schema(path).or_else(|| missing::of_project(&script.run.config, path));
    match told.and_then(|told| told.hint) {
        Some(hint) => error.hint(hint),
        None => error
            .hint(format!("set it in config.yaml, or for one command with `--set {path}=VALUE`")),
    }
}

#[export_module]
pub mod functions {
    /// The value at a dotted path of `config.yaml`, over the shipped defaults. Throws `config` when
    /// there is none. `ci_image` is that of the cloud, region and distribution in use, its profile and
    /// all levels merged; what is unset in it is `()`. `ssh` likewise is what is in force there. `vars` is for values of
    /// your own, at every level: that of
    /// the distribution in a region wins over that of the distribution, the region, the cloud, `defaults`, and the
    /// section at the top; `--vars FILE` wins over all of these, and `--set vars.NAME=VALUE` over that.
    ///
    /// ```rhai
    /// let packages = config::get("ci_image").packages.debian;
    /// let mirror = config::get("vars.mirror");
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(call: NativeCallContext, path: &str) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        match script.noted_setting(path).or_throw()? {
            Some(value) => convert::to_script(&value),
            None => Err(throw(nothing(&script, path))),
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
        match script.noted_setting(path).or_throw()? {
            Some(value) => convert::to_script(&value),
            None => Ok(default),
        }
    }
}
