//! A program on this machine: it ends with imgctl, and its output has a limit.

use std::io::ErrorKind;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::report::Watch;
use crate::ssh::process_tree::{Family, may_have_group};
use crate::{Code, Error, Result};

/// The time for a program to clean up after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// How long it may run, and how much it may print.
pub struct Bounds {
    pub timeout: Option<Duration>,
    /// Bytes of each stream.
    pub keep: u64,
}

/// How it ended.
pub struct Ended {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: ExitStatus,
}

/// Runs a program to its end. `shown` is its line in errors.
///
/// # Errors
/// `Timeout`; `Interrupted`; `Failed` beyond what is kept of its output. In each case it has ended,
/// with all programs that it started.
pub async fn run(
    mut command: Command,
    shown: &str,
    bounds: &Bounds,
    watch: &Watch,
) -> Result<Ended> {
    watch.check()?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let has_group = may_have_group();
    if has_group {
        command.process_group(0);
    }
    let failed = |error| Error::new(Code::Io, format!("cannot run `{shown}`")).cause(error);
    let mut child = command.spawn().map_err(failed)?;
    // A time that is too long to be added to now never comes.
    let timeout = bounds.timeout.unwrap_or(Duration::MAX);
    let followed = tokio::select! {
        () = watch.cancel.cancelled() => Err(Error::interrupted()),
        result = tokio::time::timeout(timeout, follow(&mut child, bounds.keep)) => match result {
            Ok(Ok(ended)) => Ok(ended),
            Ok(Err(error)) if error.kind() == ErrorKind::FileTooLarge => {
                Err(too_long(shown, bounds.keep))
            }
            Ok(Err(error)) => Err(failed(error)),
            Err(_) => Err(too_slow(shown, timeout)),
        },
    };
    if followed.is_err() {
        end(&mut child, has_group).await;
    }
    followed
}

fn too_slow(shown: &str, timeout: Duration) -> Error {
    let seconds = timeout.as_secs_f64();
    Error::new(Code::Timeout, format!("`{shown}` took longer than {seconds} s"))
}

fn too_long(shown: &str, keep: u64) -> Error {
    let keep = bytesize::ByteSize::b(keep);
    Error::failed(format!("`{shown}` printed more than {keep}")).hint(
        "write its output to a file, or ask for more with the option `keep` or the setting \
         limits.output",
    )
}

/// `FileTooLarge`: it printed too much.
async fn follow(child: &mut Child, keep: u64) -> std::io::Result<Ended> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(read(out, keep), read(err, keep))?;
    let status = child.wait().await?;
    Ok(Ended { stdout, stderr, status })
}

async fn read(stream: Option<impl AsyncRead + Unpin>, keep: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(keep.saturating_add(1)).read_to_end(&mut bytes).await?;
    }
    match bytes.len() as u64 > keep {
        true => Err(ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

/// Ends a program with all that it started: by SIGTERM, then by SIGKILL.
async fn end(child: &mut Child, has_group: bool) {
    let Some(family) = child.id().and_then(|id| Family::of(id, has_group)) else { return };
    family.send(Signal::TERM);
    let _ = tokio::time::timeout(GRACE, child.wait()).await;
    family.send(Signal::KILL);
    let _ = child.wait().await;
}
