//! What a run keeps for later commands, beside its state: too much to be written with each change of that.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde_json::Value;

use super::{Combination, Run};
use crate::state::Document;
use crate::{Code, Error, Result, read};

/// Bytes of what is kept under one name.
const MOST: u64 = 64 << 20;

/// The combination and the id of the run. None: there is no run.
fn of(run: &Run) -> Option<(Combination, String)> {
    let document = run.store.document()?;
    let Document { cloud, region, distribution, .. } = document;
    Some((Combination { cloud, region, distribution }, document.run))
}

/// `.imgctl/COMBINATION/RUN.NAME.json`.
fn path(run: &Run, name: &str) -> Option<PathBuf> {
    let (combination, id) = of(run)?;
    Some(combination.folder(run.options.beside()).join(format!("{id}.{name}.json")))
}

/// Keeps a value under a name, in place of what was kept before, until `destroy`.
///
/// # Errors
/// `Code::State` where there is no run, `Code::Io` where it cannot be written.
pub fn keep(run: &Run, name: &str, value: &Value) -> Result<()> {
    let (combination, id) = of(run).ok_or_else(|| {
        Error::new(Code::State, format!("there is no run to keep `{name}` for"))
            .hint("run `imgctl up` first")
    })?;
    let folder = combination.make_folder(run.options.beside())?;
    let path = folder.join(format!("{id}.{name}.json"));
    let failed = |error: std::io::Error| Error::io("write", &path, error);
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    serde_json::to_writer(&mut file, value).map_err(|error| failed(error.into()))?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What was kept under a name. None: nothing.
///
/// # Errors
/// `Code::Io` for a file that cannot be read. One that is broken counts as none: it only tells of the past.
pub fn kept(run: &Run, name: &str) -> Result<Option<Value>> {
    let Some(path) = path(run, name) else { return Ok(None) };
    match read::bytes(&path, MOST, &|| run.watch.cancel.is_cancelled()) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

/// Removes all that a run has kept; what cannot be removed is in nobody's way.
pub fn forget(run: &Run) {
    let Some((combination, id)) = of(run) else { return };
    let (folder, begin) = (combination.folder(run.options.beside()), format!("{id}."));
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(&begin) {
            let _ = fs::remove_file(entry.path());
        }
    }
    // A folder that held nothing else goes, too.
    let _ = fs::remove_dir(folder);
}
