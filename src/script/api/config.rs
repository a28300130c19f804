//! The configuration.

use rhai::plugin::*;

use super::{convert, run};
use crate::Error;
use crate::script::errors::{Fallible, OrThrow, throw};

#[export_module]
pub mod functions {
    /// What `config.yaml` (over the shipped defaults) says at a dotted path; throws `config` when
    /// nothing stands there.
    ///
    /// ```rhai
    /// let packages = config::get("ci_image.packages.debian");
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(context: NativeCallContext, path: &str) -> Fallible<Dynamic> {
        let run = run(&context)?;
        match run.context.config.get(path).or_throw()? {
            Some(value) => convert::to_script(&value),
            None => Err(throw(Error::config(format!("the configuration has no `{path}`")).hint(
                format!("set it in config.yaml, or for this once with `--set {path}=VALUE`"),
            ))),
        }
    }

    /// As `get(path)`, with a value for when nothing stands there.
    ///
    /// ```rhai
    /// let umask = config::get("ci_image.umask", "022");
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get_or(context: NativeCallContext, path: &str, default: Dynamic) -> Fallible<Dynamic> {
        let run = run(&context)?;
        match run.context.config.get(path).or_throw()? {
            Some(value) => convert::to_script(&value),
            None => Ok(default),
        }
    }
}
