//! Values that scripts keep under names: those of a run, gone with `destroy`, and those of the project.

mod alone;
mod elsewhere;
mod hidden;
mod large;
mod limit;
mod of_project;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::Run;
use crate::config;
use crate::report::Report;
use crate::state::Document;
use crate::{Code, Error, Result};
pub use alone::{Alone, Held};
use limit::MOST;

/// Bytes of a value in the state file, which is written with each change; a longer one is in a file beside it.
const IN_STATE: usize = 64 << 10;
/// Bytes of all values in the state file.
const ALL_IN_STATE: usize = 1 << 20;

/// How long a value is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Until `destroy` ends the run.
    WithRun,
    /// Until it is removed.
    WithProject,
}

/// Keeps a value under a name, in place of what was kept there. A dry run only remembers it.
///
/// # Errors
/// `Code::Usage` for a name that cannot be part of a file's, and a value that is too large; `Code::State` where
/// there is no run to keep it with; `Code::Io` where it cannot be written.
pub fn set(run: &Run, name: &str, value: Value, kept: Kept) -> Result<()> {
    check_name(name)?;
    let text = value.to_string();
    if text.len() > MOST {
        let message = format!(
            "the value `{name}` has {} as JSON, and at most {} can be kept",
            crate::ssh::bytes_in_words(text.len()),
            crate::ssh::bytes_in_words(MOST)
        );
        return Err(Error::usage(message).hint("write it to a file, and keep the file's name"));
    }
    hide(run, name, &value);
    if run.options.dry_run {
        run.plans.set_value(name, Some(value));
        return Ok(());
    }
    let parts = hidden::find(run, &value);
    if kept == Kept::WithProject {
        of_project::set(run, name, &value, &parts)?;
        return remove_of_run(run, name).map(drop);
    }
    if !has_run(run) {
        let begin = match run.stage("state::set").is_ok() {
            true => "call `cloud::up(#{})` first in the test",
            false => "run `imgctl up` first",
        };
        return Err(Error::new(Code::State, format!("there is no run to keep `{name}` with"))
            .hint(format!(
                "{begin}, or keep it with the project: state::set(\"{name}\", value, #{{ keep: true }})"
            )));
    }
    let fits = |document: &Document| {
        let others = document.values.iter().filter(|(other, _)| *other != name);
        let others: usize = others.map(|(_, value)| value.to_string().len()).sum();
        text.len() <= IN_STATE && others + text.len() <= ALL_IN_STATE
    };
    if run.store.document().is_some_and(|document| fits(&document)) {
        run.store.update(|document| {
            document.values.insert(name.to_owned(), value);
            document.set_secret_parts(name, parts);
            Ok(())
        })?;
        large::remove(run, name)?;
    } else {
        // Before the file: a value must not be there without them.
        if !parts.is_empty() {
            run.store.update(|document| {
                document.set_secret_parts(name, parts.clone());
                Ok(())
            })?;
        }
        large::set(run, name, &text)?;
        run.store.update(|document| {
            document.values.remove(name);
            document.set_secret_parts(name, parts);
            Ok(())
        })?;
    }
    of_project::remove(run, name).map(drop)
}

/// What is kept under a name. None: nothing.
///
/// # Errors
/// As of [`set`] for a name; `Code::State` for a file that is broken, `Code::Io` for one that cannot be read.
pub fn get(run: &Run, name: &str) -> Result<Option<Value>> {
    check_name(name)?;
    if let Some(planned) = run.plans.value(name) {
        return Ok(planned);
    }
    let mut document = run.store.document();
    let of_state = document.as_mut().and_then(|document| document.values.remove(name));
    let of_run = match of_state {
        Some(value) => Some(value),
        None => large::get(run, name)?,
    };
    let (found, parts) = match of_run {
        Some(value) => {
            let parts = document.and_then(|mut document| document.secret_parts.remove(name));
            (Some(value), parts.unwrap_or_default())
        }
        None => (of_project::get(run, name)?, of_project::secret_parts(run, name)),
    };
    if let Some(value) = &found {
        hide(run, name, value);
        hidden::tell(run, value, &parts);
    }
    Ok(found)
}

/// Until it is dropped nobody else works on a value that is kept with the project. A dry run, which changes nothing,
/// waits for nobody.
///
/// # Errors
/// As of [`set`] for a name; `Code::Script` where this thread has it already, or would wait for ever; `Code::Timeout`
/// after `most`; `Code::State` where it cannot be locked.
pub fn lock(run: &Run, name: &str, most: Option<Duration>) -> Result<Held> {
    check_name(name)?;
    let path = of_project::path(run, name);
    run.alone.check(name, &path)?;
    let lock = match run.options.dry_run {
        true => None,
        false => {
            let _wanting = run.alone.wants(name, &path)?;
            Some(elsewhere::lock(run, name, most)?)
        }
    };
    Ok(run.alone.hold(path, lock))
}

/// Removes what is kept under a name; whether there was something.
pub fn remove(run: &Run, name: &str) -> Result<bool> {
    check_name(name)?;
    if run.options.dry_run {
        let had = get(run, name)?.is_some();
        run.plans.set_value(name, None);
        return Ok(had);
    }
    Ok(remove_of_run(run, name)? | of_project::remove(run, name)?)
}

/// The names under which something is kept, sorted.
#[must_use]
pub fn names(run: &Run) -> Vec<String> {
    let of_state = run.store.document().map(|document| document.values).unwrap_or_default();
    let mut names: BTreeSet<String> = of_state.into_keys().collect();
    names.extend(large::names(run));
    names.extend(of_project::names(run));
    for (name, is_there) in run.plans.values() {
        match is_there {
            true => names.insert(name),
            false => names.remove(&name),
        };
    }
    names.into_iter().collect()
}

/// Removes all that belongs to the run and is not in its state; what cannot be removed is in nobody's way.
pub fn forget(run: &Run) {
    large::forget(run);
}

fn remove_of_run(run: &Run, name: &str) -> Result<bool> {
    let is_in_state =
        run.store.document().is_some_and(|document| document.values.contains_key(name));
    let had_file = large::remove(run, name)?;
    let has_parts =
        run.store.document().is_some_and(|document| document.secret_parts.contains_key(name));
    if is_in_state || has_parts {
        run.store.update(|document| {
            document.values.remove(name);
            document.secret_parts.remove(name);
            Ok(())
        })?;
    }
    Ok(is_in_state | had_file)
}

/// A document of which only host keys are left is that of no run.
fn has_run(run: &Run) -> bool {
    run.store.document().is_some_and(|document| !document.cloud.is_empty())
}

/// Tells the redactor what may be secrets, by the names.
fn hide(run: &Run, name: &str, value: &Value) {
    config::secrets_in(name, value).iter().for_each(|secret| run.ui.secret(secret));
}

/// Names are those of files, too.
fn check_name(name: &str) -> Result<()> {
    const LONGEST: usize = 100;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if (1..=LONGEST).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(Error::usage(format!("`{name}` cannot be the name of a value that is kept"))
        .hint("use letters, digits, `_` and `-`, 100 of them at most"))
}
