//! Starting a process that outlives this one.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;

use tokio::process::{Child, Command};

use super::store;
use crate::process::OUTLIVES;
use crate::{Error, Result};

/// Starts it in that folder, where its messages go to the file `log`. It is reaped in the background
/// while this process lives.
pub fn start(mut command: Command, folder: &Path, log: &str) -> Result<Child> {
    let failed = |error| Error::io("start a machine in", folder, error);
    store::remove(&folder.join(log))?;
    let log = File::create(folder.join(log)).map_err(failed)?;
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        .env(OUTLIVES, "1")
        // Ctrl-C is for this process only.
        .process_group(0)
        .spawn()
        .map_err(failed)
}

/// Whether it has ended. Its command line cannot tell: the kernel shows an empty one for a moment after
/// the start.
pub fn has_ended(child: &Mutex<Child>) -> bool {
    let mut child = child.lock().unwrap_or_else(|poison| poison.into_inner());
    !matches!(child.try_wait(), Ok(None))
}
