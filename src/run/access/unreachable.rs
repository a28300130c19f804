//! The cloud's explanation for an instance that cannot be reached.

use std::sync::Arc;

use crate::run::Run;
use crate::run::known::instances;
use crate::{Code, Error};

/// The cloud's explanation in place of a connection error, if the instance no longer runs; else the
/// error unchanged.
pub fn explain(run: &Arc<Run>, role: Option<&str>, error: Error) -> Error {
    // The address may belong to another machine by now, so a changed host key counts as well.
    if !matches!(error.code(), Code::Connection | Code::Timeout | Code::HostKeyChanged)
        || role.is_none()
    {
        return error;
    }
    match run.block_on(instances::still_alive(run, role)) {
        Err(why) if matches!(why.code(), Code::Failed | Code::NotFound | Code::State) => {
            why.cause(error)
        }
        // It runs, or the cloud does not answer either.
        _ => match instances::ailment(run, role) {
            Some(ailment) => error.cause(ailment).hint(instances::REMEDY),
            None => error,
        },
    }
}
