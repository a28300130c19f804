//! A program on this machine: it ends with imgctl, and its output has a limit.

use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::signal::unix::SignalKind;

use crate::report::Watch;
use crate::ssh::process_tree::{Family, Mark, Reach};
use crate::ssh::shortened;
use crate::{Code, Error, Result};

/// The time for a program to clean up after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// How much later than a program this process may notice the Ctrl-C that has reached both.
const KEY: Duration = Duration::from_secs(1);

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
    let shown = &*shortened(shown);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mark = Mark::on(command.as_std_mut(), Reach::Sessions);
    let failed = |error| Error::new(Code::Io, format!("cannot run `{shown}`")).cause(error);
    let mut child = command.spawn().map_err(failed)?;
    let mut pipes = (child.stdout.take(), child.stderr.take());
    // A time that is too long to be added to now never comes.
    let timeout = bounds.timeout.unwrap_or(Duration::MAX);
    let followed = tokio::select! {
        () = watch.cancel.cancelled() => Err(Error::interrupted()),
        result = tokio::time::timeout(timeout, follow(&mut child, &mut pipes, bounds.keep)) => match result {
            Ok(Ok(ended)) => Ok(ended),
            Ok(Err(error)) if error.kind() == ErrorKind::FileTooLarge => {
                Err(too_long(shown, bounds.keep))
            }
            Ok(Err(error)) => Err(failed(error)),
            Err(_) => Err(too_slow(shown, timeout)),
        },
    };
    if followed.is_err() {
        end(&mut child, mark, pipes).await;
    }
    match followed {
        Ok(ended) if ends_by_key(&ended, watch).await => Err(Error::interrupted()),
        followed => followed,
    }
}

/// Whether a program has failed because of Ctrl-C: the terminal sends it to all that run there.
async fn ends_by_key(ended: &Ended, watch: &Watch) -> bool {
    let key = SignalKind::interrupt().as_raw_value();
    // Shells and others tell by their status that it was the reason.
    if ended.status.signal() == Some(key) || ended.status.code() == Some(128 + key) {
        let _ = tokio::time::timeout(KEY, watch.cancel.cancelled()).await;
    }
    !ended.status.success() && watch.cancel.is_cancelled()
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

/// Its standard output and error.
type Pipes = (Option<ChildStdout>, Option<ChildStderr>);

/// `FileTooLarge`: it printed too much.
async fn follow(child: &mut Child, pipes: &mut Pipes, keep: u64) -> std::io::Result<Ended> {
    let (out, err) = (pipes.0.as_mut(), pipes.1.as_mut());
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

/// Ends a program with all that it started: by SIGTERM, and by SIGKILL what has not ended then. A program that
/// writes a last word into a closed pipe would be ended by that, in place of cleaning up.
async fn end(child: &mut Child, mark: Mark, pipes: Pipes) {
    let Some(family) = child.id().and_then(|id| Family::of(id, &mark)) else { return };
    let ending = tokio::task::spawn_blocking(move || family.end(GRACE));
    let reading = async {
        tokio::join!(discard(pipes.0), discard(pipes.1));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        // An error is a panic, which is shown as such.
        _ = ending => {}
        () = reading => {}
    }
    let _ = child.wait().await;
}

async fn discard(stream: Option<impl AsyncRead + Unpin>) {
    if let Some(mut stream) = stream {
        // What cannot be read has ended.
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
}
