//! A command for another machine, and how it ended.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Code, Error};

/// A shell command and how to run it.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// For the login shell of the remote user; words are quoted already.
    pub line: String,
    /// Run as this user by `sudo -n -u`; `Some("root")` for a plain sudo.
    pub sudo: Option<String>,
    pub env: BTreeMap<String, String>,
    pub cwd: Option<String>,
    pub timeout: Option<Duration>,
    pub pty: bool,
    /// Bytes for its standard input.
    pub stdin: Option<Vec<u8>>,
    /// Show its output as it comes.
    pub live: bool,
    /// The command contains a secret: never show it.
    pub secret: bool,
    /// Bytes kept of each stream for the result (the rest is shown only). None: 16 MiB.
    pub keep: Option<usize>,
}

/// How a command ended.
#[derive(Debug, Clone, Default)]
pub struct Output {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Exit status; 128 + n for a signal n.
    pub status: i32,
    /// `TERM`, `KILL`…, if a signal ended it.
    pub signal: Option<String>,
    /// More was printed than `keep` allowed.
    pub truncated: bool,
    pub seconds: f64,
}

/// The error for a command that ended with a status that was not allowed.
pub fn command_failed(host: &str, shown: &str, output: &Output) -> Error {
    let how = match &output.signal {
        Some(signal) => format!("was killed by signal {signal}"),
        None => format!("exited with status {}", output.status),
    };
    let error = Error::new(Code::CommandFailed, format!("[{host}] `{shown}` {how}"));
    let tail = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(tail);
    let last: Vec<&str> =
        text.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect();
    last.into_iter().rev().fold(error, |error, line| error.cause(line.trim_end()))
}
