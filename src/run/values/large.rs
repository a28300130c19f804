//! Values that are too large for the state file of their run: a file beside it for each.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use serde_json::Value;

use super::limit::MOST;
use crate::run::{Combination, Run};
use crate::state::Document;
use crate::{Error, Result, read};

const END: &str = ".json";

/// The folder of the run's combination, and how the names of the run's files begin. None: there is no run.
fn of(run: &Run) -> Option<(Combination, String)> {
    let document = run.store.document()?;
    let Document { cloud, region, distribution, .. } = document;
    Some((Combination { cloud, region, distribution }, format!("{}.", document.run)))
}

/// `.imgctl/COMBINATION/RUN.NAME.json`.
fn path(run: &Run, name: &str) -> Option<PathBuf> {
    let (combination, begin) = of(run)?;
    Some(combination.folder(run.options.beside()).join(format!("{begin}{name}{END}")))
}

pub fn set(run: &Run, name: &str, text: &str) -> Result<()> {
    let Some((combination, begin)) = of(run) else { return Ok(()) };
    let folder = combination.make_folder(run.options.beside())?;
    let path = folder.join(format!("{begin}{name}{END}"));
    let failed = |error: std::io::Error| Error::io("write", &path, error);
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// None: nothing. A file that is broken counts as none: it only tells of the past.
pub fn get(run: &Run, name: &str) -> Result<Option<Value>> {
    let Some(path) = path(run, name) else { return Ok(None) };
    match read::bytes(&path, MOST as u64, &|| run.watch.cancel.is_cancelled()) {
        Ok(bytes) => Ok(crate::json::value(&bytes).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

pub fn remove(run: &Run, name: &str) -> Result<bool> {
    let Some(path) = path(run, name) else { return Ok(false) };
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("remove", &path, error)),
    }
}

/// Names, in no order; where the folder cannot be read there are no names.
pub fn names(run: &Run) -> Vec<String> {
    files(run).into_iter().map(|(name, _)| name).collect()
}

/// Removes all of the run.
pub fn forget(run: &Run) {
    for (_, path) in files(run) {
        let _ = fs::remove_file(path);
    }
    // A folder that held nothing else goes, too.
    if let Some((combination, _)) = of(run) {
        let _ = fs::remove_dir(combination.folder(run.options.beside()));
    }
}

fn files(run: &Run) -> Vec<(String, PathBuf)> {
    let Some((combination, begin)) = of(run) else { return Vec::new() };
    let entries = fs::read_dir(combination.folder(run.options.beside()));
    let entries = entries.into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let name = name.strip_prefix(&begin)?.strip_suffix(END)?.to_owned();
        Some((name, entry.path()))
    });
    named.collect()
}
