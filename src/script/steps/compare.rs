//! Whether what a step has read is still the same.

use std::collections::BTreeMap;

use super::own::Own;
use super::words;
use crate::Result;
use crate::run::{digest, values};
use crate::script::reads::{Found, canonical, digest_of};
use crate::script::running::Script;
use crate::script::shipped::{Shelf, Source};
use crate::script::{closures, paths, task};
use crate::state::{InputKind, InputRecord, StepRecord};

/// Of a record without inputs.
pub const OLDER: &str = "an older imgctl has recorded it, without what it read";

type Library = BTreeMap<String, String>;

/// What has changed since a step was done, in words; empty if nothing has.
pub fn changes(
    script: &Script,
    done: &StepRecord,
    own: &[Own],
    known: Option<&Library>,
    library: Option<&Library>,
) -> Result<Vec<String>> {
    if done.inputs.is_empty() {
        return Ok(vec![OLDER.to_owned()]);
    }
    let mut found = of_code(script, done, own);
    if let (Some(known), Some(library)) = (known, library) {
        found.extend(of_library(known, library));
    }
    found.extend(of_inputs(script, &done.inputs)?);
    Ok(found)
}

/// Of the step's text or version, and the values that it was given.
pub fn of_code(script: &Script, done: &StepRecord, own: &[Own]) -> Vec<String> {
    let before: Vec<&InputRecord> = done.inputs.iter().filter(|input| is_code(input)).collect();
    let is =
        |input: &InputRecord, (kind, name, _): &Own| input.kind == *kind && input.name == *name;
    let mut found = Vec::new();
    for now in own {
        match before.iter().find(|input| is(input, now)) {
            Some(input) => found.extend(difference(script, input, &now.2)),
            None => found.push(words::is_new(now.0, &now.1)),
        }
    }
    let gone = before.into_iter().filter(|input| !own.iter().any(|now| is(input, now)));
    // One whose text became a version has two differences, which are the same.
    found.extend(gone.filter(|input| input.kind == InputKind::Value).map(words::is_gone));
    found
}

/// Whether an input is of the step itself, and not something that it has read.
#[must_use]
pub fn is_code(input: &InputRecord) -> bool {
    matches!(input.kind, InputKind::Text | InputKind::Version | InputKind::Value)
}

/// How an input differs from what is there now.
fn difference(script: &Script, input: &InputRecord, now: &Found) -> Option<String> {
    let run = &script.run;
    let digest = digest_of(run, now, input.key.is_some());
    if input.key.as_ref().is_some_and(|key| *key != run.digests.key_name()) {
        return Some(words::elsewhere(input));
    }
    (digest != input.digest).then(|| words::difference(input, &digest))
}

/// Of the functions, constants and modules around it.
pub fn of_library(before: &Library, now: &Library) -> Vec<String> {
    let named = |name: &str| match name.split_once(' ') {
        Some(("function", name)) => {
            format!("the function `{}`", name.split('/').next().unwrap_or(name))
        }
        Some((kind, name)) => format!("the {kind} {name}"),
        None => name.to_owned(),
    };
    let changed = now.iter().filter_map(|(name, digest)| match before.get(name) {
        Some(known) if known == digest => None,
        Some(_) => Some(format!("{} has changed", named(name))),
        None => Some(format!("{} is new", named(name))),
    });
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    changed.chain(gone.map(|name| format!("{} is gone", named(name)))).collect()
}

/// Of what was read while it ran.
pub fn of_inputs(script: &Script, inputs: &[InputRecord]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for input in inputs {
        script.run.watch.check()?;
        match now(script, input) {
            Ok(Some(now)) => found.extend(difference(script, input, &now)),
            Ok(None) => {}
            Err(error) => {
                script.run.watch.check()?;
                found.push(words::unreadable(input, &error));
            }
        }
    }
    Ok(found)
}

/// What is there now. None: it is not an input of that kind.
fn now(script: &Script, input: &InputRecord) -> Result<Option<Found>> {
    let (run, name) = (&script.run, input.name.as_str());
    let secret = input.key.is_some();
    let path = run.options.project.join(name);
    let digest = |digest: String| Found::Digest { digest, secret };
    let value = |text: Option<String>| Found::Value { text, secret };
    let text = |source: Result<Option<Source>>, text: fn(&Source) -> String| {
        source.map(|source| value(source.map(|source| text(&source))))
    };
    Ok(Some(match input.kind {
        InputKind::Text | InputKind::Version | InputKind::Value => return Ok(None),
        InputKind::File => digest(run.digests.files.contents(&path, &run.watch)?),
        InputKind::Tree => digest(run.digests.files.tree(&path, &run.watch)?),
        InputKind::Exists => digest(paths::existence(&path)),
        InputKind::Names => digest(paths::names_digest(&path)),
        InputKind::Matches => {
            digest(digest::of(&paths::matches(&run.options.project, name, &run.watch)?))
        }
        InputKind::Config => value(run.setting(name)?.map(canonical)),
        InputKind::Kept => value(values::get(run, name)?.map(canonical)),
        InputKind::Variable | InputKind::SecretVariable => value(std::env::var(name).ok()),
        InputKind::Arguments => value(Some(script.arguments.text.clone())),
        InputKind::Task => text(Shelf::Scripts.find(&run.options.project, name), task::known_by)?,
        InputKind::Module => text(module(script, name), |source| closures::words(&source.text))?,
    }))
}

/// The module of this name in errors, as it is now.
pub fn module(script: &Script, name: &str) -> Result<Option<Source>> {
    let project = &script.run.options.project;
    if let Some(own) = name.strip_prefix("stdlib/").and_then(|name| name.strip_suffix(".rhai")) {
        return Shelf::Stdlib.find(project, own);
    }
    let path = project.join(name);
    if !path.exists() {
        return Ok(None);
    }
    crate::script::shipped::read(&path, name.to_owned()).map(Some)
}
