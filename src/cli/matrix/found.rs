//! Folders of combinations that came from other machines.

use std::fs;
use std::path::{Path, PathBuf};

use super::record::{RESULT, Record};
use crate::run::combination::STATE;
use crate::{Error, Result};

/// Folders below a given one that are searched: an engine puts each artifact into one of its own.
const DEEPEST: usize = 6;

/// A folder with a result, or with what is left of a job that could not write one.
pub struct Found {
    pub folder: PathBuf,
    pub record: Result<Record>,
}

/// All below a folder, by name. Links are not followed.
///
/// # Errors
/// `Code::Io` for a folder that cannot be read.
pub fn find(folder: &Path) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    search(folder, DEEPEST, &mut all)?;
    all.sort_by(|a: &Found, b| a.folder.cmp(&b.folder));
    Ok(all)
}

fn search(folder: &Path, deep: usize, all: &mut Vec<Found>) -> Result<()> {
    let failed = |error| Error::io("read", folder, error);
    let is_file = |name: &str| folder.join(name).symlink_metadata().is_ok_and(|it| it.is_file());
    if is_file(RESULT) || is_file(STATE) {
        let record = Record::read(&folder.join(RESULT)).and_then(|record| {
            record.ok_or_else(|| {
                let shown = folder.display();
                Error::not_found(format!("{shown} has no {RESULT}"))
                    .cause("its job ended before it could write one")
                    .hint(format!("run its job again, or `imgctl --state {shown}/{STATE} destroy`"))
            })
        });
        all.push(Found { folder: folder.to_path_buf(), record });
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if deep > 0 && entry.file_type().map_err(failed)?.is_dir() {
            search(&entry.path(), deep - 1, all)?;
        }
    }
    Ok(())
}
