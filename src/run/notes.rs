//! Notes of a project that outlive a run: what a task has begun and not ended.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use serde_json::Value;

use super::{Run, combination};
use crate::{Code, Error, Result, read};

fn path(run: &Run, name: &str) -> Result<PathBuf> {
    let fits = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if name.is_empty() || !name.chars().all(fits) {
        return Err(Error::new(Code::Script, format!("`{name}` cannot be the name of a note"))
            .hint("use letters, digits, - and _"));
    }
    Ok(run.options.beside().join(combination::FOLDER).join(format!("note-{name}.json")))
}

/// None: there is none of that name.
///
/// # Errors
/// `State` for one that is broken.
pub fn get(run: &Run, name: &str) -> Result<Option<Value>> {
    let path = path(run, name)?;
    let bytes = match read::bytes(&path, read::MOST, &|| false) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", &path, error)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::new(Code::State, format!("{} is broken", path.display())).cause(error).hint(format!(
            "look what it says, and move it away (`mv {0} {0}.broken`)",
            path.display()
        ))
    })
}

/// Complete, or not at all; readable by this user only.
pub fn set(run: &Run, name: &str, value: &Value) -> Result<()> {
    let path = path(run, name)?;
    let folder = combination::make_folder(run.options.beside())?;
    let failed = |error: std::io::Error| Error::io("write", &path, error);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    serde_json::to_writer_pretty(&mut file, value).map_err(|error| failed(error.into()))?;
    file.write_all(b"\n").and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}
