//! The way to an ssh-agent: a relay that gives up when the agent does not answer. The SSH library would
//! wait for it for ever.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use super::limits::{Limits, SLICE};
use super::link_error::LinkError;
use super::private_folder::private_folder;

/// The longest answer that is accepted: the protocol's own limit.
const LONGEST: u32 = 256 * 1024;

/// A socket that speaks for the agent. Its thread ends with the library's connection.
pub(super) struct Relay {
    folder: TempDir,
}

impl Relay {
    /// Connects to the agent and begins to listen.
    ///
    /// # Errors
    /// The cause, for the list of what was tried.
    pub(super) fn open(agent: &Path, limits: &Limits) -> Result<Relay, String> {
        let stream = connect(agent, limits)?;
        let failed = |error: std::io::Error| error.to_string();
        let folder = private_folder("imgctl-agent-").map_err(failed)?;
        let listener = UnixListener::bind(folder.path().join("agent")).map_err(failed)?;
        let limits = limits.clone();
        std::thread::Builder::new()
            .name("ssh agent".to_string())
            .spawn(move || {
                if let Ok((library, _)) = listener.accept() {
                    // Both ends are closed afterwards, which the library reports.
                    let _ = carry(library, stream, &limits);
                }
            })
            .map_err(failed)?;
        Ok(Relay { folder })
    }

    /// Where the library connects to, once.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("agent")
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // Ends a thread that the library has never connected to.
        let _ = UnixStream::connect(self.path());
    }
}

/// An agent that accepts nothing any more blocks its callers, so the call is on a thread of its own.
fn connect(agent: &Path, limits: &Limits) -> Result<UnixStream, String> {
    let (sender, receiver) = mpsc::channel();
    let agent = agent.to_path_buf();
    std::thread::spawn(move || sender.send(UnixStream::connect(agent)));
    loop {
        match receiver.recv_timeout(SLICE) {
            Ok(result) => return result.map_err(|error| error.to_string()),
            Err(mpsc::RecvTimeoutError::Timeout) => limits.check().map_err(|error| why(&error))?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err("no answer".to_string()),
        }
    }
}

fn why(error: &LinkError) -> String {
    match error {
        LinkError::Cancelled => "interrupted".to_string(),
        _ => "it did not answer in time".to_string(),
    }
}

/// Passes on requests and answers, one after another.
fn carry(mut library: UnixStream, mut agent: UnixStream, limits: &Limits) -> std::io::Result<()> {
    agent.set_read_timeout(Some(SLICE))?;
    agent.set_write_timeout(Some(limits.left().unwrap_or(Duration::MAX).max(SLICE)))?;
    loop {
        let request = message(&mut library, None)?;
        agent.write_all(&request)?;
        let answer = message(&mut agent, Some(limits))?;
        library.write_all(&answer)?;
    }
}

/// A message with its length before it.
fn message(stream: &mut UnixStream, limits: Option<&Limits>) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    fill(stream, &mut bytes, limits)?;
    let length = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    if length > LONGEST {
        // A part of it would have the library wait for the rest.
        return Err(ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length as usize];
    fill(stream, &mut body, limits)?;
    bytes.extend(body);
    Ok(bytes)
}

fn fill(
    stream: &mut UnixStream,
    mut rest: &mut [u8],
    limits: Option<&Limits>,
) -> std::io::Result<()> {
    while !rest.is_empty() {
        match stream.read(rest) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => rest = &mut rest[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let over = limits.is_some_and(|limits| limits.check().is_err());
                if over {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
