//! Values of the project, which outlive a run: what a task has begun and not ended, say.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::limit::MOST;
use crate::run::{Run, combination};
use crate::state::SecretParts;
use crate::{Code, Error, Result, read};

const BEGIN: &str = "note-";
const END: &str = ".json";
/// The file beside it that tells where it holds secrets.
const BEGIN_OF_PARTS: &str = "secrets-of-note-";

fn folder(run: &Run) -> PathBuf {
    run.options.beside().join(combination::FOLDER)
}

/// Where the value of this name is.
pub fn path(run: &Run, name: &str) -> PathBuf {
    folder(run).join(format!("{BEGIN}{name}{END}"))
}

fn path_of_parts(run: &Run, name: &str) -> PathBuf {
    folder(run).join(format!("{BEGIN_OF_PARTS}{name}{END}"))
}

/// Where the value of this name holds secrets.
pub fn secret_parts(run: &Run, name: &str) -> SecretParts {
    let bytes = read::bytes(&path_of_parts(run, name), MOST as u64, &|| false);
    bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// None: nothing is kept under that name.
///
/// # Errors
/// `State` for one that is broken.
pub fn get(run: &Run, name: &str) -> Result<Option<Value>> {
    let path = path(run, name);
    let bytes = match read::bytes(&path, MOST as u64, &|| run.watch.cancel.is_cancelled()) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", &path, error)),
    };
    crate::json::value(&bytes).map(Some).map_err(|error| {
        Error::new(Code::State, format!("{} is broken", path.display())).cause(error).hint(format!(
            "look what it says, and move it away (`mv {0} {0}.broken`)",
            path.display()
        ))
    })
}

/// Complete, or not at all; readable by this user only.
pub fn set(run: &Run, name: &str, value: &Value, parts: &SecretParts) -> Result<()> {
    // A value with secrets must never be there without its parts.
    if !parts.is_empty() {
        write(run, path_of_parts(run, name), parts)?;
        return write(run, path(run, name), value);
    }
    write(run, path(run, name), value)?;
    remove_file(path_of_parts(run, name)).map(drop)
}

fn write(run: &Run, path: PathBuf, value: &impl Serialize) -> Result<()> {
    let folder = combination::make_folder(run.options.beside())?;
    let failed = |error: std::io::Error| Error::io("write", &path, error);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    serde_json::to_writer_pretty(&mut file, value).map_err(|error| failed(error.into()))?;
    file.write_all(b"\n").and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// The name of the value that is in this file. None: it is another file.
pub fn name_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    Some(name.strip_prefix(BEGIN)?.strip_suffix(END)?.to_owned())
}

pub fn remove(run: &Run, name: &str) -> Result<bool> {
    let was_there = remove_file(path(run, name))?;
    remove_file(path_of_parts(run, name))?;
    Ok(was_there)
}

fn remove_file(path: PathBuf) -> Result<bool> {
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("remove", &path, error)),
    }
}

/// Where the folder cannot be read there are no names.
pub fn names(run: &Run) -> Vec<String> {
    let entries = fs::read_dir(folder(run)).into_iter().flatten().flatten();
    entries.filter_map(|entry| name_of(&entry.path())).collect()
}
