//! One ssh2 session on a socket that never blocks: every call is repeated until it is done, with
//! waits short enough to honour Ctrl-C and deadlines.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvFlags, recv};
use ssh2::BlockDirections;
use tokio_util::sync::CancellationToken;

use super::limits::{Limits, SLICE};
use super::link_error::{LinkError, would_block};
use super::proxy::Proxy;
use super::pulse::{KeepAlive, Pulse};
use super::watchdog::Watchdog;
use crate::{Code, Error};

/// A session and the socket it runs on. One thread at a time uses it.
pub(super) struct Link {
    // The order matters: the session is dropped before the socket and the proxy it needs.
    pub(super) session: ssh2::Session,
    pub(super) socket: OwnedFd,
    pub(super) proxy: Option<Proxy>,
    pub(super) watchdog: Arc<Watchdog>,
    pub(super) pulse: Pulse,
}

impl Link {
    pub(super) fn new(
        socket: OwnedFd,
        proxy: Option<Proxy>,
        watchdog: Arc<Watchdog>,
        keep_alive: KeepAlive,
    ) -> crate::Result<Self> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(Code::Connection, "cannot prepare an SSH session").cause(error)
        };
        let mut session = ssh2::Session::new().map_err(|error| failed(&error))?;
        rustix::io::ioctl_fionbio(&socket, true).map_err(|error| failed(&error))?;
        session.set_tcp_stream(socket.try_clone().map_err(|error| failed(&error))?);
        session.set_blocking(false);
        watchdog.watch(&socket);
        Ok(Link { session, socket, proxy, watchdog, pulse: Pulse::new(keep_alive) })
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
        if sockets[0].revents().contains(PollFlags::IN) {
            self.pulse.heard();
        }
        if self.pulse.is_due() && self.pulse.is_silent() && self.pulse.keep_alive.ends_commands {
            return Err(LinkError::Silent);
        }
        self.keep_alive();
        Ok(())
    }

    /// As [`Link::keep_alive`], for a session at rest, when nobody reads what the server says; false if it has hung up,
    /// or owes too many answers.
    pub(super) fn is_alive_at_rest(&self) -> bool {
        let mut sockets = [PollFd::new(&self.socket, PollFlags::RDHUP)];
        let _ = poll(&mut sockets, Some(&timespec(Duration::ZERO)));
        if sockets[0].revents().intersects(PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR) {
            return false;
        }
        self.pulse.sees(rustix::io::ioctl_fionread(&self.socket).unwrap_or_default());
        if self.pulse.is_due() && self.pulse.is_silent() {
            return false;
        }
        self.keep_alive();
        true
    }

    /// Sends a keep-alive message when one is due, and only into a socket with room: libssh2 would
    /// block for good on a message sent by half.
    pub(super) fn keep_alive(&self) {
        if !self.pulse.is_due() {
            return;
        }
        self.pulse.tries();
        let mut sockets = [PollFd::new(&self.socket, PollFlags::OUT)];
        let now = timespec(Duration::ZERO);
        let outbound = self.wanted().contains(PollFlags::OUT);
        if !outbound && poll(&mut sockets, Some(&now)).is_ok_and(|ready| ready > 0) {
            // A broken connection shows at the next call.
            if self.session.keepalive_send().is_ok() {
                self.pulse.is_sent();
            }
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
