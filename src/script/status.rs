//! The status with which a script ends its process.

use super::kind::kind;
use crate::{Code, Error, Result};

/// The status of a process.
///
/// # Errors
/// `Usage`: no process has such a one.
pub fn of(status: i64) -> Result<u8> {
    u8::try_from(status).map_err(|_| {
        Error::usage(format!("a process cannot end with status {status}"))
            .hint("use a number from 0 to 255; 0 means that all is well")
    })
}

/// The error of `exit("done")`. `name` is that of the value's type.
#[must_use]
pub fn none(name: &str) -> Error {
    let message = format!("argument 1 (`status`) of `exit` is {}", kind(name));
    Error::new(Code::Script, message)
        .hint("pass a whole number from 0 to 255; `print` and `throw` show other values")
}
