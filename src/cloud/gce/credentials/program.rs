//! Programs that print credentials: limited in time and output, and ended with all that they started.

use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::Result;
use crate::report::Watch;

/// Bytes of each stream; a token has some thousand.
const MOST: u64 = 1 << 20;

/// Runs a program to its end.
///
/// # Errors
/// The reason why it printed nothing of use; as outer error `Interrupted`.
pub async fn output(
    mut command: Command,
    limit: Duration,
    watch: &Watch,
) -> Result<Result<Output, String>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.process_group(0).kill_on_drop(true).spawn() {
        Ok(child) => child,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let run = async { Ok(tokio::time::timeout(limit, follow(&mut child)).await) };
    Ok(match watch.guard(run).await? {
        Ok(Ok(output)) => {
            group.0 = None;
            Ok(output)
        }
        Ok(Err(why)) => Err(why),
        Err(_) => Err(format!("it ran for more than {} s", limit.as_secs())),
    })
}

async fn follow(child: &mut Child) -> Result<Output, String> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(read(out), read(err))?;
    let status = child.wait().await.map_err(|error| error.to_string())?;
    Ok(Output { status, stdout, stderr })
}

async fn read(stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let read = stream.take(MOST + 1).read_to_end(&mut bytes).await;
        read.map_err(|error| error.to_string())?;
    }
    match bytes.len() as u64 > MOST {
        true => Err("it printed more than 1 MiB".to_owned()),
        false => Ok(bytes),
    }
}

/// The process group of a program that has not ended; killed when this is dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended just now.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
