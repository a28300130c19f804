//! When an instance cannot be reached, the cloud often knows why.

use std::sync::Arc;

use crate::run::Run;
use crate::run::known::instances;
use crate::{Code, Error};

/// The cloud's word in place of an error of the connection, if the instance does not run any more;
/// else the error as it is.
pub fn explain(run: &Arc<Run>, role: Option<&str>, error: Error) -> Error {
    // Whoever answers at its address now may be another machine.
    if !matches!(error.code(), Code::Connection | Code::Timeout | Code::HostKeyChanged)
        || role.is_none()
    {
        return error;
    }
    match run.block_on(instances::still_alive(run, role)) {
        Err(why) if matches!(why.code(), Code::Failed | Code::NotFound | Code::State) => {
            why.cause(error)
        }
        // It lives, or the cloud does not answer either.
        _ => error,
    }
}
