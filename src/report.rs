//! How the lower modules tell what they are doing, without knowing who shows it.

use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::{Error, Result};

/// Where a line of a command's output came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// How loud a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Success,
    Warning,
}

/// Receives everything worth showing. The terminal, the JSON writer and the tests implement it;
/// what arrives here is redacted there.
pub trait Report: Send + Sync {
    /// One message on a line of its own.
    fn log(&self, level: Level, message: &str);

    /// One line of output (without its newline) of a command on `host`.
    fn output(&self, host: &str, stream: Stream, line: &str);

    /// Something that takes time has begun. Shown as a spinner or, once a total is known, a bar,
    /// if it lasts for more than a second; gone when the returned value is dropped.
    fn activity(&self, label: &str) -> Box<dyn Activity>;
}

/// A thing in progress.
pub trait Activity: Send + Sync {
    /// What it is doing or waiting for now, and why.
    fn status(&self, text: &str);

    /// Bytes (or parts) done, of the total if it is known.
    fn progress(&self, done: u64, total: Option<u64>);
}

/// What every operation that may last is handed: who to tell, and when to give up.
#[derive(Clone)]
pub struct Watch {
    pub report: Arc<dyn Report>,
    pub cancel: CancellationToken,
}

impl Watch {
    /// Fails with `Code::Interrupted` once Ctrl-C was pressed.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(Error::interrupted()) } else { Ok(()) }
    }

    /// Runs a future until it is done or Ctrl-C is pressed.
    pub async fn guard<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            () = self.cancel.cancelled() => Err(Error::interrupted()),
            result = future => result,
        }
    }
}

/// Passes messages on, and nothing else: for tries whose progress the wait around them tells.
pub struct MessagesOnly(pub Arc<dyn Report>);

impl Report for MessagesOnly {
    fn log(&self, level: Level, message: &str) {
        self.0.log(level, message);
    }

    fn output(&self, _: &str, _: Stream, _: &str) {}

    fn activity(&self, _: &str) -> Box<dyn Activity> {
        Box::new(Silent)
    }
}

/// Says nothing; for tests and for work nobody watches.
pub struct Silent;

impl Report for Silent {
    fn log(&self, _: Level, _: &str) {}
    fn output(&self, _: &str, _: Stream, _: &str) {}
    fn activity(&self, _: &str) -> Box<dyn Activity> {
        Box::new(Silent)
    }
}

impl Activity for Silent {
    fn status(&self, _: &str) {}
    fn progress(&self, _: u64, _: Option<u64>) {}
}
