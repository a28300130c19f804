//! Calls with another number of arguments than a function takes.

use std::collections::BTreeSet;

use rhai::Position;

use super::file::File;
use super::module::ScriptFunction;
use crate::{Code, Error};

impl File<'_, '_> {
    /// `forms` are all calls that would do, if they are known.
    pub fn wrong_count(
        &mut self,
        shown: &str,
        count: usize,
        mut counts: Vec<usize>,
        forms: &[String],
        at: Position,
    ) {
        counts.sort_unstable();
        counts.dedup();
        let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
        let given = if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") };
        let hint = match forms {
            [] => format!("pass {}", counts.join(" or ")),
            _ => format!("pass {}: {}", counts.join(" or "), forms.join(" or ")),
        };
        let error = Error::new(Code::Script, format!("`{shown}` does not take {given}")).hint(hint);
        self.error("wrong_count", &error, at);
    }
}

/// The calls that a function may have, shortest first. None of them where there are many, or where the names of
/// parameters are not known.
pub fn forms<'s>(
    shown: &str,
    native: impl Iterator<Item = &'s [String]>,
    own: Option<&'s Vec<ScriptFunction>>,
) -> Vec<String> {
    const MOST: usize = 3;
    let own = own.into_iter().flatten().filter(|it| !it.is_private);
    let all = native.chain(own.map(|it| it.parameters.as_slice()));
    let all: BTreeSet<(usize, &[String])> = all.map(|names| (names.len(), names)).collect();
    let is_named = all.iter().all(|(_, names)| names.iter().all(|name| !name.is_empty()));
    if all.len() > MOST || !is_named {
        return Vec::new();
    }
    all.into_iter().map(|(_, names)| format!("`{shown}({})`", names.join(", "))).collect()
}
