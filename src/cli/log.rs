//! `--log FILE`, opened before anything is done.

use std::path::Path;
use std::sync::Arc;

use super::global::Global;
use super::setup::project_folder;
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
    let state = global.state.clone().unwrap_or_else(|| project.join(".state.json"));
    for (what, file) in configs.chain([("the state", &state)]) {
        if is_same(path, file) {
            return Err(Error::usage(format!("the log {} is {what}", path.display()))
                .hint("pass another file to `--log`"));
        }
    }
    LogFile::open(path).map(|log| Some(Arc::new(log)))
}

fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    matches!((whole(one), whole(other)), (Ok(one), Ok(other)) if one == other)
}
