//! How lower modules report what they are doing, without knowing who shows it.

use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::{Error, Result};

/// The stream of a line of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// The level of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Success,
    Warning,
}

/// Receives messages, output and progress. The user interface and the tests implement it; secrets are
/// hidden by the user interface.
pub trait Report: Send + Sync {
    /// One message on a line of its own.
    fn log(&self, level: Level, message: &str);

    /// One line of output (without its newline) of a command on `host`.
    fn output(&self, host: &str, stream: Stream, line: &str);

    /// Begins an operation that takes time. It is shown as a spinner or, once a total is known, a
    /// bar, if it lasts for more than a second; it ends when the returned value is dropped.
    fn activity(&self, label: &str) -> Box<dyn Activity>;

    /// A request went to a server: for `-vv` and `--log`. `text` is made only where somebody wants to know.
    fn sent(&self, _server: &str, _what: &str, _text: &dyn Fn() -> String) {}

    /// A reply came from a server, likewise.
    fn received(&self, _server: &str, _what: &str, _text: &dyn Fn() -> String) {}

    /// A credential or token was read or received: it is hidden in all that is shown from now on. A
    /// server, or a proxy on the way, may repeat it in an error.
    fn secret(&self, value: &str);

    /// The text as it may be shown or kept: without known secrets.
    fn redacted(&self, text: &str) -> String;
}

/// An operation in progress.
pub trait Activity: Send + Sync {
    /// Sets what it is doing or waiting for, and why.
    fn status(&self, text: &str);

    /// Sets the bytes (or parts) done, and the total if it is known.
    fn progress(&self, done: u64, total: Option<u64>);
}

/// The argument of every operation that may take time: where to report, and when to stop.
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

    /// Whether the text contains a known secret.
    #[must_use]
    pub fn is_secret(&self, text: &str) -> bool {
        self.report.redacted(text) != text
    }

    /// Runs a future until it is done or Ctrl-C is pressed.
    pub async fn guard<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            () = self.cancel.cancelled() => Err(Error::interrupted()),
            result = future => result,
        }
    }
}

/// Passes on messages only: for tries inside a wait, which reports the progress.
pub struct MessagesOnly(pub Arc<dyn Report>);

impl Report for MessagesOnly {
    fn log(&self, level: Level, message: &str) {
        self.0.log(level, message);
    }

    fn output(&self, _: &str, _: Stream, _: &str) {}

    fn activity(&self, _: &str) -> Box<dyn Activity> {
        Box::new(Silent)
    }

    fn secret(&self, value: &str) {
        self.0.secret(value);
    }

    fn redacted(&self, text: &str) -> String {
        self.0.redacted(text)
    }
}

/// Reports nothing; for tests and for work that is not shown.
pub struct Silent;

impl Report for Silent {
    fn log(&self, _: Level, _: &str) {}
    fn output(&self, _: &str, _: Stream, _: &str) {}
    fn secret(&self, _: &str) {}
    fn redacted(&self, text: &str) -> String {
        text.to_owned()
    }
    fn activity(&self, _: &str) -> Box<dyn Activity> {
        Box::new(Silent)
    }
}

impl Activity for Silent {
    fn status(&self, _: &str) {}
    fn progress(&self, _: u64, _: Option<u64>) {}
}
