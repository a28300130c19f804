//! The cgroup of a container. The kernel keeps it after its processes, so it is found and removed by
//! its name; that it can be removed proves that they have ended.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Error, Result};

/// Where the hierarchies are that systemd uses: one of them, or the two of its hybrid mode.
const ROOTS: [&str; 3] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];

/// The time for the kernel to end killed processes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the processes in the cgroup of that name have ended, and removes it.
pub async fn remove(name: &str, watch: &Watch) -> Result<()> {
    let patience = Patience::for_up_to(PATIENCE).at_most_every(Duration::from_millis(50));
    wait::until(&format!("the processes of {name} to end"), patience, watch, || async {
        for root in ROOTS {
            let folder = Path::new(root).join(name);
            match remove_below(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::ResourceBusy => {
                    return Ok(Poll::Pending("some of them are alive".to_owned()));
                }
                Err(error) => return Err(Error::io("remove", &folder, error)),
            }
        }
        Ok(Poll::Ready(()))
    })
    .await
}

fn remove_below(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_below(&entry.path())?;
        }
    }
    match std::fs::remove_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
