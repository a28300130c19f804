//! Reads and writes the manifest: whole and valid, or not at all.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::document::{Manifest, VERSION};
use crate::report::Watch;
use crate::state::file as whole;
use crate::state::lock::Lock;
use crate::{Code, Error, Result, json, read as limited};

/// What it is called in errors.
const WHAT: &str = "the manifest";
/// The permission bits of a new one: it holds no secrets, and others are to read it.
const MODE: u32 = 0o644;
/// The most bytes of a manifest. An image has a few thousand.
const MOST: u64 = 64 << 20;

/// The file behind links, so that a write replaces the file and not the link.
///
/// # Errors
/// `Code::State` for a path that cannot be one.
pub fn resolve(path: &Path) -> Result<PathBuf> {
    whole::resolve(path, WHAT)
}

/// The manifest; an empty one if the file does not exist.
///
/// # Errors
/// `Code::State` for a file that cannot be read, is broken or of a newer version. It is not changed.
pub fn read(path: &Path, watch: &Watch) -> Result<Manifest> {
    let shown = path.display();
    let broken = |why: String| {
        Error::new(Code::State, format!("the manifest {shown} is broken")).cause(why).hint(format!(
            "correct it or restore it from a copy, or move it away (`mv {shown} {shown}.broken`): a new \
             one is begun"
        ))
    };
    let bytes = match limited::bytes(path, MOST, &|| watch.cancel.is_cancelled()) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Manifest::default()),
        Err(error) => return Err(Error::io("read", path, error).with_code(Code::State)),
    };
    let value: Value = json::value(&bytes).map_err(|error| broken(error.to_string()))?;
    let Some(version) = value.get("version").and_then(Value::as_u64).filter(|number| *number > 0)
    else {
        let error = Error::new(Code::State, format!("{shown} is not a manifest of imgctl"));
        return Err(error.cause("it has no `version`").hint("set manifest.file to another file"));
    };
    if version > u64::from(VERSION) {
        let message = format!("the manifest {shown} was written by a newer imgctl");
        return Err(Error::new(Code::State, message)
            .cause(format!("it has version {version}, this imgctl reads up to {VERSION}"))
            .hint("use that imgctl, or set manifest.file to another file"));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let at = error.path().to_string();
        broken(format!("at {at}: {}", error.into_inner()))
    })
}

/// Changes the manifest and writes it, while no other imgctl does. A file that is not changed is not
/// written.
///
/// # Errors
/// Those of [`read`], `Code::Io` if it cannot be written, `Code::Interrupted` in a wait for another process.
pub fn change(path: &Path, watch: &Watch, change: impl FnOnce(&mut Manifest)) -> Result<()> {
    let _lock = Lock::wait(path, WHAT, watch)?;
    whole::remove_unfinished(path);
    // What is to be written is written after Ctrl-C, too.
    let uncancelled = Watch { report: watch.report.clone(), cancel: Default::default() };
    let known = read(path, &uncancelled)?;
    let mut changed = known.clone();
    change(&mut changed);
    changed.note_copies();
    if changed == known {
        return Ok(());
    }
    let mode = fs::metadata(path).map_or(MODE, |found| found.permissions().mode() & 0o7777);
    whole::write_as(path, &changed, mode)
}
