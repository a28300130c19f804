//! One result from elsewhere becomes that of its combination here. Nothing newer is lost to it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::found::Found;
use super::record::{RESULT, Record};
use super::rounds;
use crate::report::{Level, Report};
use crate::run::combination::{LOG, STATE};
use crate::run::{Run, manifest};
use crate::state::{Document, Store};
use crate::{Error, Result};

/// Takes a result, with its state and log, unless what is here is newer; returns the one that holds.
///
/// # Errors
/// `Code::State` and `Code::Io` for files that cannot be used, and for a state that another imgctl works
/// on. What is here is then as it was.
pub fn merge(
    run: &Run,
    found: &Found,
    record: &Record,
    joined: Option<&(String, Vec<String>)>,
) -> Result<Record> {
    let label = record.combination.to_string();
    manifest::take(run, record.images.clone())?;
    let own = record.combination.make_folder(&run.options.project)?;
    let present = Record::read(&own.join(RESULT))?;
    if is_same(&own, &found.folder) {
        // It is in its place, but need not be of this round.
        return join(&own, present.unwrap_or_else(|| record.clone()), joined);
    }
    if let Some(present) = present.filter(|present| present.ended > record.ended) {
        let message = format!("{label}: {} is older than the result here", found.folder.display());
        run.ui.log(Level::Info, &message);
        return Ok(present);
    }
    let ended = u64::try_from(record.ended.as_millisecond()).unwrap_or_default();
    let ended = SystemTime::UNIX_EPOCH + Duration::from_millis(ended);
    let store = Store::open(&own.join(STATE))?;
    store.lock()?;
    let theirs = Store::open_named(&found.folder.join(STATE))?.document();
    if let Some(state) = store.document() {
        let changed = fs::metadata(own.join(STATE)).and_then(|found| found.modified());
        if changed.is_ok_and(|changed| changed > ended) {
            let message = format!(
                "{label}: the state here is newer than {}, which is left where it is",
                found.folder.display()
            );
            run.ui.log(Level::Warning, &message);
            return Ok(record.clone());
        }
        make_room(run, &label, &own, &state, record, theirs.as_ref())?;
    }
    if theirs.is_some() {
        copy(&found.folder.join(STATE), &own.join(STATE), ended)?;
    }
    if found.folder.join(LOG).symlink_metadata().is_ok_and(|log| log.is_file()) {
        copy(&found.folder.join(LOG), &own.join(LOG), ended)?;
    }
    // The last of all: what was interrupted is done again.
    join(&own, record.clone(), joined)
}

/// Writes a result as that of the round that it joins.
fn join(own: &Path, mut record: Record, joined: Option<&(String, Vec<String>)>) -> Result<Record> {
    let mut kept: &[String] = &[];
    if let Some((round, others)) = joined {
        record.round.clone_from(round);
        kept = others;
    }
    rounds::write_record(own, &record, kept)?;
    Ok(record)
}

/// The older state goes, if it is of the same run; another run's stays under another name.
fn make_room(
    run: &Run,
    label: &str,
    own: &Path,
    state: &Document,
    record: &Record,
    theirs: Option<&Document>,
) -> Result<()> {
    let path = own.join(STATE);
    let their_run = theirs.map(|state| &state.run).or(record.run.as_ref());
    if their_run == Some(&state.run) {
        return match theirs {
            // It is replaced in one step.
            Some(_) => Ok(()),
            None => fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error)),
        };
    }
    if state.instances.is_empty() && state.resources.is_empty() {
        return Ok(());
    }
    let aside = free_name(own, &state.run);
    fs::rename(&path, &aside).map_err(|error| Error::io("move", &path, error))?;
    let shown = aside.strip_prefix(&run.options.project).unwrap_or(&aside).display();
    let message = format!(
        "{label}: the state of an earlier run is now {shown}; `imgctl --state {shown} destroy` removes \
         what it made"
    );
    run.ui.log(Level::Warning, &message);
    Ok(())
}

/// `state-RUN.json`, which no file has yet.
fn free_name(folder: &Path, run: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    let run: String = run.chars().map(plain).collect();
    let numbered = |number: u32| match number {
        0 => folder.join(format!("state-{run}.json")),
        number => folder.join(format!("state-{run}-{number}.json")),
    };
    let free = (0..u32::MAX).map(numbered).find(|path| path.symlink_metadata().is_err());
    free.unwrap_or_else(|| numbered(u32::MAX))
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Complete, or not at all; readable by this user only, and as old as it was.
fn copy(from: &Path, to: &Path, changed: SystemTime) -> Result<()> {
    let failed = |error: io::Error| Error::io("write", to, error);
    if from.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(Error::io("read", from, io::Error::other("it is not a regular file")));
    }
    let mut source = File::open(from).map_err(|error| Error::io("read", from, error))?;
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    io::copy(&mut source, file.as_file_mut()).map_err(failed)?;
    file.as_file().set_modified(changed).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(to).map_err(|error| failed(error.error))?;
    Ok(())
}
