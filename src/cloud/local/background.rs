//! Starting a process that outlives this one.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::store;
use crate::{Error, Result};

/// Starts it in that folder, where its messages go to the file `log`, and returns its process id.
pub fn start(mut command: Command, folder: &Path, log: &str) -> Result<u32> {
    let failed = |error| Error::io("start a machine in", folder, error);
    store::remove(&folder.join(log))?;
    let log = File::create(folder.join(log)).map_err(failed)?;
    let child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        // Ctrl-C is for this process only.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    // It is reaped in the background while this process lives.
    Ok(child.id().unwrap_or_default())
}
