//! One ssh2 session on a socket that never blocks: every call is repeated until it is done, with
//! waits short enough that Ctrl-C and deadlines are honoured.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvFlags, recv};
use ssh2::{BlockDirections, ErrorCode};
use tokio_util::sync::CancellationToken;

use super::proxy::Proxy;
use crate::{Code, Error};

/// libssh2's name for "not yet": `LIBSSH2_ERROR_EAGAIN`.
const WOULD_BLOCK: i32 = -37;
/// The longest wait in which Ctrl-C is not looked at.
const SLICE: Duration = Duration::from_millis(100);
/// Seconds without traffic after which a sign of life is sent.
pub(super) const KEEP_ALIVE: u32 = 15;

/// Why a call on a session ended early.
#[derive(Debug)]
pub(super) enum Fault {
    Ssh(ssh2::Error),
    /// The connection broke while data moved.
    Lost(String),
    Cancelled,
    /// The deadline passed.
    Deadline,
    /// Nothing moved for the idle limit.
    Idle,
}

impl Fault {
    /// An error with this cause; `message` says what was being done.
    pub(super) fn error(self, message: impl Into<String>) -> Error {
        match self {
            Fault::Ssh(error) => Error::new(Code::Connection, message).cause(error.message()),
            Fault::Lost(reason) => Error::new(Code::Connection, message).cause(reason),
            Fault::Cancelled => Error::interrupted(),
            Fault::Deadline => Error::new(Code::Timeout, message).cause("no answer in time"),
            Fault::Idle => Error::new(Code::Timeout, message).cause("nothing came for too long"),
        }
    }

    pub(super) fn code(&self) -> Option<i32> {
        match self {
            Fault::Ssh(error) => Some(session_code(error)),
            _ => None,
        }
    }
}

/// libssh2's number of a session error.
pub(super) fn session_code(error: &ssh2::Error) -> i32 {
    match error.code() {
        ErrorCode::Session(code) | ErrorCode::SFTP(code) => code,
    }
}

pub(super) fn would_block(error: &ssh2::Error) -> bool {
    session_code(error) == WOULD_BLOCK
}

/// When to give up.
#[derive(Clone)]
pub(super) struct Limits {
    pub(super) cancel: CancellationToken,
    pub(super) deadline: Option<Instant>,
    pub(super) idle: Option<Duration>,
    pub(super) moved: Instant,
}

impl Limits {
    pub(super) fn new(cancel: CancellationToken, time: Option<Duration>) -> Self {
        let now = Instant::now();
        // A duration too long to add means no deadline.
        let deadline = time.and_then(|time| now.checked_add(time));
        Limits { cancel, deadline, idle: None, moved: now }
    }

    /// The same, but ending after `time` at the latest.
    pub(super) fn within(&self, time: Duration) -> Self {
        let soon = Instant::now() + time;
        let deadline = Some(self.deadline.map_or(soon, |deadline| deadline.min(soon)));
        Limits { deadline, ..self.clone() }
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.cancel.is_cancelled() {
            return Err(Fault::Cancelled);
        }
        let now = Instant::now();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(Fault::Deadline);
        }
        if self.idle.is_some_and(|idle| now.duration_since(self.moved) >= idle) {
            return Err(Fault::Idle);
        }
        Ok(())
    }

    pub(super) fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    fn slice(&self) -> Duration {
        let idle = self.idle.map(|idle| idle.saturating_sub(self.moved.elapsed()));
        [self.left(), idle].into_iter().flatten().fold(SLICE, Duration::min)
    }
}

/// A session and the socket it runs on. It stays on the thread that made it.
pub(super) struct Link {
    // The order matters: the session says goodbye before the socket and its carrier go.
    pub(super) session: ssh2::Session,
    pub(super) socket: OwnedFd,
    pub(super) proxy: Option<Proxy>,
    alive: Cell<Instant>,
}

impl Link {
    pub(super) fn new(socket: OwnedFd, proxy: Option<Proxy>) -> crate::Result<Self> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(Code::Connection, "cannot prepare an SSH session").cause(error)
        };
        let mut session = ssh2::Session::new().map_err(|error| failed(&error))?;
        rustix::io::ioctl_fionbio(&socket, true).map_err(|error| failed(&error))?;
        session.set_tcp_stream(socket.try_clone().map_err(|error| failed(&error))?);
        session.set_blocking(false);
        Ok(Link { session, socket, proxy, alive: Cell::new(Instant::now()) })
    }

    /// Repeats `attempt` until it no longer would block.
    pub(super) fn call<T>(
        &self,
        limits: &Limits,
        mut attempt: impl FnMut() -> Result<T, ssh2::Error>,
    ) -> Result<T, Fault> {
        loop {
            match attempt() {
                Ok(value) => return Ok(value),
                Err(error) if would_block(&error) => self.wait(limits)?,
                Err(error) => return Err(Fault::Ssh(error)),
            }
        }
    }

    /// Waits until the socket is ready in the direction the session waits for, or for a slice.
    pub(super) fn wait(&self, limits: &Limits) -> Result<(), Fault> {
        limits.check()?;
        let mut sockets = [PollFd::new(&self.socket, self.wanted())];
        // A failed poll (a signal) is a wake-up like any other.
        let _ = poll(&mut sockets, Some(&timespec(limits.slice())));
        self.keep_alive();
        Ok(())
    }

    /// Sends a sign of life when one is due. Only into a socket with room: libssh2 would block for
    /// good on a sign sent by half.
    pub(super) fn keep_alive(&self) {
        if self.alive.get().elapsed() < Duration::from_secs(KEEP_ALIVE.into()) {
            return;
        }
        self.alive.set(Instant::now());
        let mut sockets = [PollFd::new(&self.socket, PollFlags::OUT)];
        let now = timespec(Duration::ZERO);
        let outbound = self.wanted().contains(PollFlags::OUT);
        if !outbound && poll(&mut sockets, Some(&now)).is_ok_and(|ready| ready > 0) {
            // A broken connection shows at the next call.
            let _ = self.session.keepalive_send();
        }
    }

    /// What to poll the socket for.
    pub(super) fn wanted(&self) -> PollFlags {
        match self.session.block_directions() {
            BlockDirections::Outbound | BlockDirections::Both => PollFlags::IN | PollFlags::OUT,
            BlockDirections::Inbound | BlockDirections::None => PollFlags::IN,
        }
    }

    /// True if the other side has hung up already. Costs no round trip, so it is asked before each
    /// command on a kept session.
    pub(super) fn hung_up(&self) -> bool {
        let mut byte = [0u8; 1];
        match recv(&self.socket, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT) {
            Ok((_, length)) => length == 0,
            Err(error) => error != rustix::io::Errno::AGAIN && error != rustix::io::Errno::INTR,
        }
    }

    /// Says goodbye, without waiting for long.
    pub(super) fn close(self) {
        let limits = Limits::new(CancellationToken::new(), Some(SLICE));
        // The peer may be gone already; there is nothing left to save.
        let _ = self.call(&limits, || self.session.disconnect(None, "done", None));
    }
}

pub(super) fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}
