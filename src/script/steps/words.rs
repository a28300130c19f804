//! Why a step runs again, in words. Inputs are named; their values are never shown.

use crate::Error;
use crate::state::{InputKind, InputRecord};

/// An input as a reader knows it.
fn named(kind: InputKind, name: &str) -> String {
    match kind {
        InputKind::Text => "its text".to_owned(),
        InputKind::Version => "its version".to_owned(),
        InputKind::Value => format!("the value of `{name}`"),
        InputKind::File => format!("the file {name}"),
        InputKind::Tree | InputKind::Exists => name.to_owned(),
        InputKind::Names => format!("the list of files in {name}"),
        InputKind::Matches => format!("the list of files that match {name}"),
        InputKind::Config => format!("the setting {name}"),
        InputKind::Variable | InputKind::SecretVariable => format!("the variable {name}"),
        InputKind::Arguments => "the task's arguments".to_owned(),
        InputKind::Module => format!("the module {name}"),
        InputKind::Task => format!("the task {name}"),
        InputKind::Kept => format!("the value {name} of state::set"),
    }
}

pub fn is_new(kind: InputKind, name: &str) -> String {
    match kind {
        InputKind::Version => "it has a version now".to_owned(),
        InputKind::Text => "it has no version any more".to_owned(),
        _ => format!("{} is new", named(kind, name)),
    }
}

pub fn is_gone(input: &InputRecord) -> String {
    format!("{} is not used any more", named(input.kind, &input.name))
}

/// What has become of an input whose digest is another one now.
pub fn difference(before: &InputRecord, now: &str) -> String {
    let there = |digest: &str| !matches!(digest, "absent" | "unset");
    let is_value = matches!(
        before.kind,
        InputKind::Config | InputKind::Variable | InputKind::SecretVariable | InputKind::Kept
    );
    let named = named(before.kind, &before.name);
    match (there(&before.digest), there(now)) {
        (false, true) if is_value => format!("{named} is set now"),
        (true, false) if is_value => format!("{named} is not set any more"),
        (false, true) => format!("{named} exists now"),
        (true, false) => format!("{named} does not exist any more"),
        _ if before.kind == InputKind::Arguments => format!("{named} have changed"),
        _ => format!("{named} has changed"),
    }
}

pub fn unreadable(input: &InputRecord, error: &Error) -> String {
    format!("{} cannot be read any more: {error}", named(input.kind, &input.name))
}

pub fn elsewhere(input: &InputRecord) -> String {
    let named = named(input.kind, &input.name);
    format!(
        "{named} was read on another machine or by another user, and is a secret: it cannot be compared"
    )
}

/// Several reasons in one line.
#[must_use]
pub fn summary(reasons: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = reasons.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match reasons.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}, and {more} more"),
    }
}
