//! When a call on a session is given up: Ctrl-C, a deadline, silence.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::link_error::LinkError;
use super::watchdog::{Guard, Watchdog};

/// The longest wait between two looks at Ctrl-C.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// When to give up.
#[derive(Clone)]
pub(super) struct Limits {
    pub(super) cancel: CancellationToken,
    pub(super) deadline: Option<Instant>,
    pub(super) idle: Option<Duration>,
    pub(super) moved: Instant,
    pub(super) watchdog: Arc<Watchdog>,
}

impl Limits {
    pub(super) fn new(cancel: CancellationToken, time: Option<Duration>) -> Self {
        let now = Instant::now();
        // A duration too long to add means no deadline.
        let deadline = time.and_then(|time| now.checked_add(time));
        Limits { cancel, deadline, idle: None, moved: now, watchdog: Arc::default() }
    }

    /// The same, and this watchdog sees the calls.
    pub(super) fn guarded(self, watchdog: &Arc<Watchdog>) -> Self {
        Limits { watchdog: watchdog.clone(), ..self }
    }

    /// A call begins that keeps to these limits.
    pub(super) fn guard(&self) -> Guard<'_> {
        let idle = self.idle.and_then(|idle| self.moved.checked_add(idle));
        self.watchdog.guard([self.deadline, idle].into_iter().flatten().min())
    }

    /// The same, but ending after `time` at the latest.
    pub(super) fn within(&self, time: Duration) -> Self {
        let soon = Instant::now() + time;
        let deadline = Some(self.deadline.map_or(soon, |deadline| deadline.min(soon)));
        Limits { deadline, ..self.clone() }
    }

    pub(super) fn check(&self) -> Result<(), LinkError> {
        if self.cancel.is_cancelled() {
            return Err(LinkError::Cancelled);
        }
        let now = Instant::now();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(LinkError::Deadline);
        }
        if self.idle.is_some_and(|idle| now.duration_since(self.moved) >= idle) {
            return Err(LinkError::Idle);
        }
        Ok(())
    }

    pub(super) fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    pub(super) fn slice(&self) -> Duration {
        let idle = self.idle.map(|idle| idle.saturating_sub(self.moved.elapsed()));
        [self.left(), idle].into_iter().flatten().fold(SLICE, Duration::min)
    }
}
