//! A command for a session's thread, and how it ended.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::sink::Sink;
use crate::Error;

/// A command as the session's thread sees it.
pub(super) struct Job {
    /// The line for the login shell.
    pub(super) line: String,
    /// The name of the machine, for messages.
    pub(super) label: String,
    /// The command as it may be shown.
    pub(super) shown: String,
    /// None of its output may be shown.
    pub(super) secret: bool,
    pub(super) pty: bool,
    pub(super) input: Option<Box<dyn Read + Send>>,
    pub(super) sink: Arc<Mutex<dyn Sink>>,
    pub(super) cancel: tokio_util::sync::CancellationToken,
    pub(super) timeout: Option<Duration>,
    pub(super) idle: Option<Duration>,
    /// The user whose processes must be killed when it is given up, if not the login user.
    pub(super) sudo: Option<String>,
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
