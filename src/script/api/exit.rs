//! The language's own `exit`, which ends the process as well as the script.

use rhai::plugin::*;

use crate::script::errors::{Fallible, call_begins, throw};
use crate::script::status::{leave_with, none};

#[export_module]
pub mod functions {
    /// Ends the script, with success.
    ///
    /// ```rhai
    /// if fs::exists("/etc/agent") { exit(); }
    /// ```
    #[rhai_fn(name = "exit", volatile, return_raw)]
    pub fn exit(call: NativeCallContext) -> Fallible<()> {
        leave_with(&call, 0)
    }

    /// Ends the script, and the process with this exit status, 0 to 255, as `task::exit` does.
    ///
    /// ```rhai
    /// if !host.test("make check") { exit(1); }
    /// ```
    #[rhai_fn(name = "exit", volatile, return_raw)]
    pub fn exit_with(call: NativeCallContext, status: Dynamic) -> Fallible<()> {
        call_begins(&call);
        match status.as_int() {
            Ok(status) => leave_with(&call, status),
            Err(_) => Err(throw(none(status.type_name()))),
        }
    }
}
