//! Whether a server still answers: the keep-alive messages that it owes an answer to.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Firewalls forget connections that say nothing for minutes.
const INTERVAL: Duration = Duration::from_secs(15);
/// The library sends none more often.
const SHORTEST: Duration = Duration::from_secs(2);
/// As in OpenSSH.
const MOST: u32 = 3;

/// How often messages are sent, and what silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeepAlive {
    pub(super) interval: Duration,
    /// So many messages without an answer end a session at rest; 0 of the user's means none do.
    pub(super) most: u32,
    /// The user asked for it (`ServerAliveInterval`): they end a command, too. A machine that is short of memory may
    /// not answer for minutes.
    pub(super) ends_commands: bool,
}

impl KeepAlive {
    /// With `ServerAliveInterval` and `ServerAliveCountMax` of the user's configuration.
    pub(super) fn of(interval: Option<Duration>, most: Option<u32>) -> KeepAlive {
        let wanted = interval.unwrap_or(INTERVAL).clamp(SHORTEST, INTERVAL);
        // Messages that are sent more often than asked for are allowed to be missed for as long.
        let silence = match most.unwrap_or(MOST) {
            0 => u64::MAX,
            most => interval.unwrap_or(INTERVAL).max(wanted).as_secs().saturating_mul(most.into()),
        };
        let most = u32::try_from(silence.div_ceil(wanted.as_secs())).unwrap_or(u32::MAX);
        KeepAlive { interval: wanted, most, ends_commands: interval.is_some() }
    }
}

/// Of one session.
pub(super) struct Pulse {
    pub(super) keep_alive: KeepAlive,
    /// Nothing is sent before the login.
    begun: Cell<bool>,
    /// When the last message was sent, or could not be.
    sent: Cell<Instant>,
    unanswered: Cell<u32>,
    /// Bytes that wait to be read.
    waiting: Cell<u64>,
}

impl Pulse {
    pub(super) fn new(keep_alive: KeepAlive) -> Pulse {
        let sent = Cell::new(Instant::now());
        let begun = Cell::new(false);
        Pulse { keep_alive, begun, sent, unanswered: Cell::new(0), waiting: Cell::new(0) }
    }

    pub(super) fn begin(&self) {
        self.begun.set(true);
    }

    /// The server has sent something.
    pub(super) fn heard(&self) {
        self.unanswered.set(0);
    }

    /// So many bytes wait to be read, which nobody does at rest.
    pub(super) fn sees(&self, waiting: u64) {
        if self.waiting.replace(waiting) != waiting {
            self.heard();
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.begun.get() && self.sent.get().elapsed() >= self.keep_alive.interval
    }

    /// A message is tried now.
    pub(super) fn tries(&self) {
        self.sent.set(Instant::now());
    }

    pub(super) fn is_sent(&self) {
        self.unanswered.set(self.unanswered.get().saturating_add(1));
    }

    /// Whether the server owes as many answers as it may.
    pub(super) fn is_silent(&self) -> bool {
        self.unanswered.get() >= self.keep_alive.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_lasts_as_long_as_the_user_says_and_messages_are_never_rarer_than_ours() {
        let of = |interval: u64, most| {
            let alive = KeepAlive::of((interval > 0).then(|| Duration::from_secs(interval)), most);
            (alive.interval.as_secs(), alive.most, alive.ends_commands)
        };
        assert_eq!(of(0, None), (15, 3, false));
        assert_eq!(of(0, Some(9)), (15, 9, false));
        assert_eq!(of(1, Some(1)), (2, 1, true));
        assert_eq!(of(5, Some(4)), (5, 4, true));
        assert_eq!(of(60, Some(3)), (15, 12, true));
        assert_eq!(of(5, Some(0)), (5, u32::MAX, true));
    }
}
