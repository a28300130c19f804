//! Where a command's output goes.

use std::sync::Arc;

use super::lines::Lines;
use crate::report::{Report, Stream};
use crate::{Error, Result};

/// Enough of the end to quote the last line in an error.
const TAIL: usize = 400;

/// Takes output as it arrives, on the session's thread.
pub(super) trait Sink: Send {
    /// An error here ends the command.
    fn take(&mut self, stream: Stream, bytes: &[u8]) -> Result<()>;

    /// The last line received, for messages.
    fn last_line(&self) -> Option<String> {
        None
    }
}

/// Keeps the beginning of both streams and shows lines as they come.
pub(super) struct Collect {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) truncated: bool,
    keep: usize,
    /// The error when there is more.
    refuse: Option<Error>,
    tail: Vec<u8>,
    live: Option<Live>,
}

struct Live {
    report: Arc<dyn Report>,
    label: String,
    stdout: Lines,
    stderr: Lines,
}

impl Collect {
    pub(super) fn new(keep: usize) -> Self {
        Collect {
            stdout: Vec::new(),
            stderr: Vec::new(),
            truncated: false,
            keep,
            refuse: None,
            tail: Vec::new(),
            live: None,
        }
    }

    pub(super) fn live(mut self, report: Arc<dyn Report>, label: &str) -> Self {
        self.live = Some(Live {
            report,
            label: label.to_string(),
            stdout: Lines::default(),
            stderr: Lines::default(),
        });
        self
    }

    /// More than is kept is this error.
    pub(super) fn or_fail(mut self, error: Error) -> Self {
        self.refuse = Some(error);
        self
    }

    /// Shows what came after the last newline.
    pub(super) fn finish(&mut self) {
        if let Some(live) = &mut self.live {
            let Live { report, label, stdout, stderr } = live;
            stdout.finish(|line| report.output(label, Stream::Stdout, line));
            stderr.finish(|line| report.output(label, Stream::Stderr, line));
        }
    }
}

impl Sink for Collect {
    fn take(&mut self, stream: Stream, bytes: &[u8]) -> Result<()> {
        let kept = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        let room = bytes.len().min(self.keep.saturating_sub(kept.len()));
        kept.extend_from_slice(&bytes[..room]);
        self.truncated |= room < bytes.len();
        if self.truncated
            && stream == Stream::Stdout
            && let Some(error) = &self.refuse
        {
            return Err(error.clone());
        }

        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        let spare = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..spare);

        if let Some(Live { report, label, stdout, stderr }) = &mut self.live {
            let lines = match stream {
                Stream::Stdout => stdout,
                Stream::Stderr => stderr,
            };
            lines.push(bytes, |line| report.output(label, stream, line));
        }
        Ok(())
    }

    fn last_line(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.tail);
        text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_string)
    }
}
