//! `--log FILE`, opened before anything is done.

use std::io::Read;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::Arc;

use super::global::Global;
use super::setup::{STATE, project_folder};
use crate::ui::LogFile;
use crate::{Error, Result};

/// The log that the command line asks for.
///
/// # Errors
/// `Usage` for a file that cannot be written, or that something else needs.
pub fn open(global: &Global) -> Result<Option<Arc<LogFile>>> {
    let Some(path) = &global.log else { return Ok(None) };
    // A project that cannot be used is refused where it is opened.
    let project = project_folder(&global.config).unwrap_or_default();
    let usual = [project.join("config.yaml")];
    let configs = if global.config.is_empty() { &usual[..] } else { &global.config };
    let configs = configs.iter().chain(&global.vars).map(|file| ("the configuration", file));
    let state = global.state.clone().unwrap_or_else(|| project.join(STATE));
    let reports =
        [("the page of `--report`", &global.report), ("the file of `--junit`", &global.junit)];
    let reports = reports.into_iter().filter_map(|(what, file)| Some((what, file.as_ref()?)));
    for (what, file) in configs.chain([("the state", &state)]).chain(reports) {
        if is_same(path, file) {
            return Err(refused(format!("the log {} is {what}", path.display())));
        }
    }
    if !is_log(path) {
        let message = format!("{} is no log of imgctl, and is not changed", path.display());
        return Err(refused(message));
    }
    LogFile::open(path).map(|log| Some(Arc::new(log)))
}

fn refused(message: String) -> Error {
    Error::usage(message).hint("pass another file to `--log`")
}

/// Whether lines may be added to it: a new file, an empty one, a log, a terminal and the like. A pipe without a
/// reader would be waited for without end.
fn is_log(path: &Path) -> bool {
    let Ok(data) = path.metadata() else { return true };
    if data.file_type().is_fifo() {
        return false;
    }
    if !data.is_file() || data.len() == 0 {
        return true;
    }
    let mut begin = [0; 24];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    let text = std::str::from_utf8(&begin).unwrap_or_default();
    // What cannot be read is told where it is opened.
    read.is_err_and(|error| error.kind() != std::io::ErrorKind::UnexpectedEof)
        || text.parse::<jiff::Timestamp>().is_ok()
}

fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    matches!((whole(one), whole(other)), (Ok(one), Ok(other)) if one == other)
}
