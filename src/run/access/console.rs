//! The end of an instance's console, added to errors that it may explain.

use crate::cloud::Capability;
use crate::run::Run;
use crate::run::known::instances::record;
use crate::{Error, Result};

/// Adds the end of the instance's console to an error, and what the cloud may keep SSH away by. A hint that it has
/// knows more.
pub fn with_console(run: &Run, role: Option<&str>, error: Error) -> Error {
    let barrier = run.cloud().ok().and_then(|cloud| cloud.barrier());
    let barrier = barrier.filter(|_| role.is_some());
    let has_hint = error.hint_text().is_some();
    let hinted = |error: Error, hint: String| if has_hint { error } else { error.hint(hint) };
    let bare = |error: Error| match barrier.clone() {
        Some(barrier) => hinted(error, barrier),
        None => error,
    };
    match console_tail(run, role) {
        Ok(Some(tail)) => {
            let look =
                "look at the end of its console above, or start it again with `imgctl down up`";
            let hint = match &barrier {
                Some(barrier) => format!("{barrier}; {look}"),
                None => look.to_owned(),
            };
            let lines = tail.lines();
            lines.fold(hinted(error, hint), |error, line| error.cause(format!("console: {line}")))
        }
        Ok(None) => bare(error),
        Err(other) => bare(error.cause(format!("its console cannot be read either: {other}"))),
    }
}

/// How many lines of the console an error shows.
const CONSOLE_LINES: usize = 12;

fn console_tail(run: &Run, role: Option<&str>) -> Result<Option<String>> {
    let (cloud, Some(role)) = (run.cloud()?, role) else { return Ok(None) };
    if !cloud.can(Capability::Console) {
        return Ok(None);
    }
    let id = record(run, role)?.id.unwrap_or_default();
    let text = run.finish(cloud.console(&id, &run.call()?))?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    Ok(Some(lines[lines.len().saturating_sub(CONSOLE_LINES)..].join("\n")))
}
