//! Ends calls of the SSH library that do not return in time: a server that never stops sending keeps
//! it reading, whatever its socket is set to.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::net::Shutdown;
use tokio_util::sync::CancellationToken;

use super::lock::lock;

/// How much longer than its limit a call may take: it looks at the limit itself, and a command that
/// is given up is killed first.
const GRACE: Duration = Duration::from_secs(5);

/// Watches the calls of one session from another thread.
#[derive(Default)]
pub(super) struct Watchdog(Mutex<State>);

#[derive(Default)]
struct State {
    /// When the call that is running should have returned.
    due: Option<Instant>,
    cancelled: Option<Instant>,
    /// Of the session and of the jump hosts it goes through.
    sockets: Vec<OwnedFd>,
    cut: bool,
}

/// The call that is watched is over when this is dropped.
pub(super) struct Guard<'a>(&'a Watchdog);

impl Watchdog {
    /// Cuts this connection, too, when it must.
    pub(super) fn watch(&self, socket: impl AsFd) {
        let mut state = lock(&self.0);
        if state.cut {
            shut(&socket);
        }
        // Without a copy it cannot be watched; its calls have limits of their own.
        state.sockets.extend(socket.as_fd().try_clone_to_owned());
    }

    /// A call begins that must return at this time.
    pub(super) fn guard(&self, due: Option<Instant>) -> Guard<'_> {
        lock(&self.0).due = due;
        Guard(self)
    }

    /// Whether a call is overdue, as seen now. The first look after Ctrl-C begins its grace.
    pub(super) fn is_overdue(&self, cancel: &CancellationToken) -> bool {
        let mut state = lock(&self.0);
        let now = Instant::now();
        if cancel.is_cancelled() {
            state.cancelled.get_or_insert(now);
        }
        let late = |since: Option<Instant>| {
            since.is_some_and(|since| now.saturating_duration_since(since) > GRACE)
        };
        late(state.due) || late(state.cancelled)
    }

    /// Shuts all connections, so that every call on them fails.
    pub(super) fn cut(&self) {
        let mut state = lock(&self.0);
        state.cut = true;
        state.sockets.iter().for_each(shut);
    }

    pub(super) fn has_cut(&self) -> bool {
        lock(&self.0).cut
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        lock(&self.0.0).due = None;
    }
}

fn shut(socket: &impl AsFd) {
    // A socket that is closed already needs no more.
    let _ = rustix::net::shutdown(socket, Shutdown::Both);
}
