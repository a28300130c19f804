//! When an instance cannot be reached, the cloud often knows why.

use std::sync::Arc;

use super::{Context, instances};
use crate::{Code, Error};

/// The cloud's word in place of an error of the connection, if the instance does not run any more;
/// else the error as it is.
pub fn explain(context: &Arc<Context>, role: Option<&str>, error: Error) -> Error {
    // Whoever answers at its address now may be another machine.
    if !matches!(error.code(), Code::Connection | Code::Timeout | Code::HostKeyChanged)
        || role.is_none()
    {
        return error;
    }
    match context.block_on(instances::still_alive(context, role)) {
        Err(why) if matches!(why.code(), Code::Failed | Code::NotFound | Code::State) => {
            why.cause(error)
        }
        // It lives, or the cloud does not answer either.
        _ => error,
    }
}
