//! Environment variables of this process.

use std::env::VarError;

use rhai::plugin::*;

use crate::Error;
use crate::script::errors::{Fallible, throw};
use crate::script::running::Script;
use crate::state::InputKind;

/// The value of an environment variable.
pub fn variable(name: &str) -> Fallible<String> {
    check_name(name)?;
    std::env::var(name).map_err(|error| {
        let what = match error {
            VarError::NotPresent => "is not set",
            VarError::NotUnicode(_) => "is not UTF-8 text",
        };
        // The code of `${NAME}` in config.yaml.
        let error = Error::config(format!("the environment variable {name} {what}"));
        throw(error.hint(format!("set it with `export {name}=…`")))
    })
}

/// A name that no variable can have is never set.
fn check_name(name: &str) -> Fallible<()> {
    if !name.is_empty() && !name.contains(['=', '\0']) {
        return Ok(());
    }
    let message =
        format!("`{}` cannot be the name of an environment variable", name.escape_debug());
    Err(throw(Error::usage(message).hint("give the name alone, such as \"CI_BRANCH\"")))
}

fn note(call: &NativeCallContext, name: &str) -> Fallible<()> {
    check_name(name)?;
    let script = Script::of(call)?;
    script.notes_value(InputKind::Variable, name, || std::env::var(name).ok());
    Ok(())
}

#[export_module]
pub mod functions {
    /// The value of an environment variable; throws `config` when it is not set. For secrets
    /// use `secret::env`.
    ///
    /// ```rhai
    /// let branch = env::get("CI_BRANCH");
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(call: NativeCallContext, name: &str) -> Fallible<String> {
        note(&call, name)?;
        variable(name)
    }

    /// As `get(name)`, with a default.
    ///
    /// ```rhai
    /// let branch = env::get("CI_BRANCH", "main");
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get_or(call: NativeCallContext, name: &str, default: &str) -> Fallible<String> {
        note(&call, name)?;
        match std::env::var(name) {
            Err(VarError::NotPresent) => Ok(default.to_string()),
            // One that is set and cannot be read is no reason for the default.
            _ => variable(name),
        }
    }
}
