//! The status with which a script ends its process.

use rhai::{Dynamic, EvalAltResult, NativeCallContext, Position};

use super::errors::{Fallible, throw};
use super::kind::kind;
use super::running::Script;
use crate::{Code, Error};

/// Ends the script, as an error that nothing catches.
#[must_use]
pub fn leave() -> Box<EvalAltResult> {
    Box::new(EvalAltResult::Exit(Dynamic::UNIT, Position::NONE))
}

/// Ends the script, and its process with this status.
///
/// # Errors
/// Always: `Usage` if no process has such a status, else [`leave`].
pub fn leave_with(call: &NativeCallContext, status: i64) -> Fallible<()> {
    let script = Script::of(call)?;
    let Ok(code) = u8::try_from(status) else {
        return Err(throw(
            Error::usage(format!("a process cannot end with status {status}"))
                .hint("use a number from 0 to 255; 0 means that all is well"),
        ));
    };
    script.run.set_exit_status(i32::from(code));
    Err(leave())
}

/// The error of `exit("done")`. `name` is that of the value's type.
#[must_use]
pub fn none(name: &str) -> Error {
    let message = format!("argument 1 (`status`) of `exit` is {}", kind(name));
    Error::new(Code::Script, message)
        .hint("pass a whole number from 0 to 255; `print` and `throw` show other values")
}
