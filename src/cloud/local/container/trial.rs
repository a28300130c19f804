//! What the kernel allows this process, found by trying.

use tokio::process::Command;

use crate::cloud::local::program::{self, Redirect};
use crate::report::Watch;
use crate::{Error, Result, said};

const SCRIPT: &str = include_str!("trial.sh");

/// Tries whether a container can be started here. The programs for it must be there.
///
/// # Errors
/// `Config` with what is refused.
pub async fn check(watch: &Watch) -> Result<()> {
    let mut command = Command::new(program::find("unshare", None, "util-linux")?);
    command
        .args(["--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"])
        .args(["--propagation", "private", "--", "sh", "-c", SCRIPT])
        .arg(format!("imgctl-trial-{}", uuid::Uuid::new_v4().simple()));
    let ended = program::run_to_end(command, Redirect::default(), watch, |_| ()).await?;
    if ended.status.success() {
        return Ok(());
    }
    let mut lines = said::lines(ended.stdout.as_bytes()).into_iter();
    // Without a word of the script, its namespaces could not be made.
    let what = lines.next().unwrap_or_else(|| "namespaces of its own".to_owned());
    let error = Error::config(format!("a container needs {what}, which is refused here"));
    let told = lines.chain(ended.errors());
    Err(told.fold(error, Error::cause).hint(
        "run imgctl outside of a container, or in one that is privileged, or set `machine: vm`",
    ))
}
