//! A host in this terminal.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use rhai::plugin::*;

use super::host::Host;
use crate::Error;
use crate::script::errors::{Fallible, throw};
use crate::script::running::Script;

#[export_module]
pub mod functions {
    /// Opens a login shell on the host in this terminal; returns its exit status.
    ///
    /// ```rhai
    /// host.shell();
    /// ```
    #[rhai_fn(name = "shell", pure, return_raw)]
    pub fn shell(call: NativeCallContext, host: &mut Host) -> Fallible<i64> {
        let script = Script::of(&call)?;
        if !script.run.may_change(&format!("open a shell on {}", host.remote().label())) {
            return Ok(0);
        }
        host.answered(&script, host.remote().shell(None, &script.run.watch)).map(i64::from)
    }

    /// Runs one command on the host in this terminal; returns its exit status. Under `--dry-run` it is only told.
    ///
    /// ```rhai
    /// host.shell("top");
    /// ```
    #[rhai_fn(name = "shell", pure, return_raw)]
    pub fn shell_command(call: NativeCallContext, host: &mut Host, command: &str) -> Fallible<i64> {
        let script = Script::of(&call)?;
        if script.run.ui.secrets().redact(command) != command {
            let message = "a command in this terminal cannot contain a secret";
            return Err(throw(Error::usage(message).hint(
                "it would be among the arguments of `ssh`, which all users can read: use host.run",
            )));
        }
        if !script.run.may_change(&format!("run on {}: {command}", host.remote().label())) {
            return Ok(0);
        }
        host.answered(&script, host.remote().shell(Some(command), &script.run.watch)).map(i64::from)
    }
}
