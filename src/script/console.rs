//! The end of an instance's console, for errors that it may explain.

use super::Context;
use super::instances::record;
use crate::cloud::Capability;
use crate::{Error, Result};

/// Adds the end of the instance's console to an error.
pub fn with_console(context: &Context, role: Option<&str>, error: Error) -> Error {
    match console_tail(context, role) {
        Ok(Some(tail)) => tail.lines().fold(
            error.hint("the end of its console is shown above; `imgctl down up` starts it afresh"),
            |error, line| error.cause(format!("console: {line}")),
        ),
        Ok(None) => error,
        Err(other) => error.cause(format!("and its console cannot be read: {other}")),
    }
}

/// How many lines of the console an error shows.
const CONSOLE_LINES: usize = 12;

fn console_tail(context: &Context, role: Option<&str>) -> Result<Option<String>> {
    let (cloud, Some(role)) = (context.cloud()?, role) else { return Ok(None) };
    if !cloud.can(Capability::Console) {
        return Ok(None);
    }
    let id = record(context, role)?.id.unwrap_or_default();
    let text = context.finish(cloud.console(&id, &context.call()?))?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    Ok(Some(lines[lines.len().saturating_sub(CONSOLE_LINES)..].join("\n")))
}
