//! QEMU's control protocol: lines of JSON over a Unix socket.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use crate::cloud::refusals::NO_REASON;
use crate::{Code, Error, Result};

/// The socket's name in the instance's folder.
pub const SOCKET: &str = "qmp.sock";

/// The time for an answer. A QEMU that works answers at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection ready for commands.
pub struct Qmp {
    read: Lines<BufReader<OwnedReadHalf>>,
    write: OwnedWriteHalf,
}

impl Qmp {
    /// Connects to the QEMU whose socket is in that folder.
    pub async fn connect(folder: &Path) -> Result<Qmp> {
        let path = folder.join(SOCKET);
        let failed = |error: std::io::Error| {
            Error::new(Code::Connection, format!("QEMU does not answer on {}", path.display()))
                .cause(error)
        };
        let stream = connect_short(folder).await.map_err(failed)?;
        let (read, write) = stream.into_split();
        let mut qmp = Qmp { read: BufReader::new(read).lines(), write };
        let greeting = qmp.line().await?;
        if greeting.get("QMP").is_none() {
            return Err(Error::new(Code::Connection, "the program that answers is not QEMU"));
        }
        qmp.execute("qmp_capabilities").await?;
        Ok(qmp)
    }

    /// Executes a command without arguments and returns its value.
    pub async fn execute(&mut self, command: &str) -> Result<Value> {
        let failed = |error| {
            Error::new(Code::Connection, format!("cannot tell QEMU to {command}")).cause(error)
        };
        let line = format!("{}\n", json!({ "execute": command }));
        self.write.write_all(line.as_bytes()).await.map_err(failed)?;
        loop {
            let mut reply = self.line().await?;
            if let Some(error) = reply.get("error") {
                let cause = error.get("desc").and_then(Value::as_str).unwrap_or(NO_REASON);
                return Err(Error::failed(format!("QEMU refused {command}")).cause(cause));
            }
            // A line without either is an event.
            if let Some(value) = reply.get_mut("return") {
                return Ok(value.take());
            }
        }
    }

    async fn line(&mut self) -> Result<Value> {
        let lost =
            |cause: &str| Error::new(Code::Connection, "QEMU stopped answering").cause(cause);
        let line = tokio::time::timeout(PATIENCE, self.read.next_line())
            .await
            .map_err(|_| lost(&format!("no answer for {} s", PATIENCE.as_secs())))?
            .map_err(|error| lost(&error.to_string()))?
            .ok_or_else(|| lost("its process has ended"))?;
        serde_json::from_str(&line).map_err(|error| lost(&error.to_string()))
    }
}

/// A socket's path has at most 107 bytes, and the folder's may be longer; on Linux every open folder
/// has a short path, too.
async fn connect_short(folder: &Path) -> std::io::Result<UnixStream> {
    if !cfg!(target_os = "linux") {
        return UnixStream::connect(folder.join(SOCKET)).await;
    }
    use std::os::fd::AsRawFd;
    let folder = std::fs::File::open(folder)?;
    UnixStream::connect(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd())).await
}
