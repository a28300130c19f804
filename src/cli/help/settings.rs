//! The cloud, region and distribution in force, and where each comes from.

use crate::cli::global::{Global, SETTINGS};
use crate::run::{Choice, Run};
use crate::{Code, Result};

/// A line for each setting.
///
/// # Errors
/// What is wrong with the words of the command line. Anything else is a line.
pub fn lines(run: &Run, global: &Global) -> Result<Vec<String>> {
    let chosen = run.chosen();
    let selection = match run.selection() {
        Ok(selection) => selection,
        Err(error) if chosen == Choice::default() || error.code() != Code::Usage => {
            return Ok(vec![format!("  none: {}", error.message())]);
        }
        Err(error) => return Err(error),
    };
    let typed = [&chosen.cloud, &chosen.region, &chosen.distribution];
    let values = [&selection.cloud, &selection.region, &selection.distribution];
    let global = [&global.cloud, &global.region, &global.distribution];
    let mut lines = Vec::new();
    for (at, kind) in SETTINGS.iter().enumerate() {
        let variable = format!("IMGCTL_{}", kind.to_uppercase());
        let of_variable = std::env::var(&variable).ok();
        let from = match () {
            () if typed[at].is_some() && global[at] == &of_variable && of_variable.is_some() => {
                variable
            }
            () if typed[at].is_some() => "the command line".to_owned(),
            () if run.is_begun() => run.store.path().display().to_string(),
            () => match run.config.origin(kind, &selection) {
                Some(origin) => origin,
                None => "nothing sets it".to_owned(),
            },
        };
        let value = if values[at].is_empty() { "-" } else { values[at] };
        lines.push(format!("  {kind:<13} {value:<15} {from}"));
    }
    Ok(lines)
}
