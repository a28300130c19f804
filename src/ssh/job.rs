//! A command for a session's thread, and how it ended.

use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::login_shell::LoginShell;
use super::sink::Sink;
use crate::Error;
use crate::report::Report;

/// A command as the session's thread sees it.
pub(super) struct Job {
    /// For `sh`.
    pub(super) script: String,
    /// The user it runs as by sudo, if not the login user: its processes must be killed when it is
    /// given up.
    pub(super) sudo: Option<String>,
    /// The name of the machine, for messages.
    pub(super) label: String,
    /// The command as it may be shown.
    pub(super) shown: String,
    /// None of its output may be shown.
    pub(super) secret: bool,
    pub(super) pty: bool,
    pub(super) input: Option<Box<dyn Read + Send>>,
    pub(super) sink: Arc<Mutex<dyn Sink>>,
    pub(super) report: Arc<dyn Report>,
    pub(super) cancel: tokio_util::sync::CancellationToken,
    pub(super) timeout: Option<Duration>,
    pub(super) idle: Option<Duration>,
    /// How long the server may take to begin.
    pub(super) opening: Duration,
    pub(super) shell: Arc<LoginShell>,
}

impl Job {
    /// Sends the script ahead of the input, where nobody else sees it: every user of the remote
    /// machine can read a command line in the list of processes, and sudo writes it to its log. The
    /// shell reads exactly its bytes from there.
    pub(super) fn send_script_by_input(&mut self) {
        let script = std::mem::take(&mut self.script).into_bytes();
        self.script = format!("eval \"$(dd bs=1 count={} 2>/dev/null)\"", script.len());
        let script = Cursor::new(script);
        self.input = Some(match self.input.take() {
            Some(input) => Box::new(script.chain(input)),
            None => Box::new(script),
        });
    }
}

/// How a command ended.
pub(super) struct Ended {
    pub(super) status: i32,
    pub(super) signal: Option<String>,
}

/// Why there is no [`Ended`].
pub(super) enum Failure {
    /// The command was never sent: another session may run it.
    NotBegun(Error),
    Broken(Error),
}
