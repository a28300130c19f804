//! One ssh2 session on a socket that never blocks: every call is repeated until it is done, with
//! waits short enough to honour Ctrl-C and deadlines.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvFlags, recv};
use ssh2::BlockDirections;
use tokio_util::sync::CancellationToken;

use super::limits::{Limits, SLICE};
use super::link_error::{LinkError, would_block};
use super::proxy::Proxy;
use super::watchdog::Watchdog;
use crate::{Code, Error};

/// Seconds without traffic after which a keep-alive message is sent.
pub(super) const KEEP_ALIVE: u32 = 15;

/// A session and the socket it runs on. It stays on the thread that made it.
pub(super) struct Link {
    // The order matters: the session is dropped before the socket and the proxy it needs.
    pub(super) session: ssh2::Session,
    pub(super) socket: OwnedFd,
    pub(super) proxy: Option<Proxy>,
    pub(super) watchdog: Arc<Watchdog>,
    alive: Cell<Instant>,
}

impl Link {
    pub(super) fn new(
        socket: OwnedFd,
        proxy: Option<Proxy>,
        watchdog: Arc<Watchdog>,
    ) -> crate::Result<Self> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(Code::Connection, "cannot prepare an SSH session").cause(error)
        };
        let mut session = ssh2::Session::new().map_err(|error| failed(&error))?;
        rustix::io::ioctl_fionbio(&socket, true).map_err(|error| failed(&error))?;
        session.set_tcp_stream(socket.try_clone().map_err(|error| failed(&error))?);
        session.set_blocking(false);
        watchdog.watch(&socket);
        Ok(Link { session, socket, proxy, watchdog, alive: Cell::new(Instant::now()) })
    }

    /// Repeats `attempt` until it no longer would block.
    pub(super) fn call<T>(
        &self,
        limits: &Limits,
        mut attempt: impl FnMut() -> Result<T, ssh2::Error>,
    ) -> Result<T, LinkError> {
        loop {
            let result = {
                let _guard = limits.guard();
                attempt()
            };
            match result {
                Ok(value) => return Ok(value),
                Err(error) if would_block(&error) => self.wait(limits)?,
                Err(error) => return Err(LinkError::Ssh(error)),
            }
        }
    }

    /// Waits until the socket is ready in the direction the session waits for, or for a slice.
    pub(super) fn wait(&self, limits: &Limits) -> Result<(), LinkError> {
        limits.check()?;
        let mut sockets = [PollFd::new(&self.socket, self.wanted())];
        // A failed poll (a signal) is a wake-up like any other.
        let _ = poll(&mut sockets, Some(&timespec(limits.slice())));
        self.keep_alive();
        Ok(())
    }

    /// Sends a keep-alive message when one is due, and only into a socket with room: libssh2 would
    /// block for good on a message sent by half.
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

    /// True if the server has closed the connection. It costs no round trip and is checked before
    /// each command on a kept session.
    pub(super) fn hung_up(&self) -> bool {
        let mut byte = [0u8; 1];
        match recv(&self.socket, &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT) {
            Ok((_, length)) => length == 0,
            Err(error) => error != rustix::io::Errno::AGAIN && error != rustix::io::Errno::INTR,
        }
    }

    /// Disconnects, without waiting for long.
    pub(super) fn close(self) {
        let limits = Limits::new(CancellationToken::new(), Some(SLICE));
        // The server may be gone already; no data is lost then.
        let _ = self.call(&limits, || self.session.disconnect(None, "done", None));
    }
}

pub(super) fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}
