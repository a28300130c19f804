//! A connection through a jump host: a channel of a session there, carried to the inner session by a
//! pair of sockets that never leave this process.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use ssh2::Channel;

use super::hop::Hop;
use super::limits::Limits;
use super::link::{Link, timespec};
use crate::{Code, Error, Result};

const BUFFER: usize = 64 * 1024;

/// Opens a channel from a jump host to `target` and returns our end of it. `connect` makes the
/// session on the jump host called `jump`; it lives on a thread of its own, which ends when the
/// returned socket is closed.
pub(super) fn dial(
    jump: &str,
    target: &Hop,
    limits: Limits,
    connect: impl FnOnce(&Limits) -> Result<Link> + Send + 'static,
) -> Result<OwnedFd> {
    let failed = |error: std::io::Error| {
        Error::new(
            Code::Connection,
            format!("[{}] cannot prepare the connection through {jump}", target.label),
        )
        .cause(error)
    };
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    theirs.set_nonblocking(true).map_err(failed)?;
    let (sender, receiver) = mpsc::channel();
    let (jump, host, port) = (jump.to_string(), target.host.clone(), target.port);
    let label = target.label.clone();
    std::thread::Builder::new()
        .name(format!("ssh jump {jump}"))
        .spawn(move || {
            let opened = connect(&limits)
                .and_then(|link| open(link, &jump, &host, port, &limits))
                .map_err(|error| error.context(format!("[{label}] cannot connect through {jump}")));
            match opened {
                Ok((link, channel)) => {
                    if sender.send(Ok(())).is_ok() {
                        pump(&link, channel, theirs);
                    }
                    link.close();
                }
                // The receiver is gone if the caller was interrupted.
                Err(error) => drop(sender.send(Err(error))),
            }
        })
        .map_err(failed)?;
    receiver.recv().unwrap_or_else(|_| Err(Error::interrupted()))?;
    Ok(ours.into())
}

fn open(link: Link, jump: &str, host: &str, port: u16, limits: &Limits) -> Result<(Link, Channel)> {
    let channel = link
        .call(limits, || link.session.channel_direct_tcpip(host, port, None))
        .map_err(|error| {
            error.error(format!("{jump} cannot reach {host}:{port}")).hint(
                "check that the target is up and that the jump host allows forwarding \
                 (AllowTcpForwarding)",
            )
        })?;
    Ok((link, channel))
}

/// The bytes on their way in one direction.
#[derive(Default)]
struct Flow {
    bytes: Vec<u8>,
    start: usize,
    ended: bool,
}

impl Flow {
    fn is_empty(&self) -> bool {
        self.start == self.bytes.len()
    }

    /// Moves as many bytes as possible; true if any moved.
    fn step(&mut self, from: &mut dyn Read, to: &mut dyn Write) -> bool {
        let mut moved = false;
        if self.is_empty() && !self.ended {
            self.start = 0;
            self.bytes.resize(BUFFER, 0);
            let length = match from.read(&mut self.bytes) {
                Ok(0) => {
                    self.ended = true;
                    0
                }
                Ok(length) => length,
                Err(error) => {
                    self.ended =
                        !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted);
                    0
                }
            };
            self.bytes.truncate(length);
            moved |= length > 0;
        }
        if !self.is_empty() {
            match to.write(&self.bytes[self.start..]) {
                Ok(length) => {
                    self.start += length;
                    moved |= length > 0;
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(_) => {
                    self.ended = true;
                    self.start = self.bytes.len();
                }
            }
        }
        moved
    }
}

/// Carries bytes both ways until one side ends.
fn pump(link: &Link, mut channel: Channel, mut socket: UnixStream) {
    let (mut there, mut back) = (Flow::default(), Flow::default());
    loop {
        let mut reader = channel.stream(0);
        let moved = there.step(&mut socket, &mut channel) | back.step(&mut reader, &mut socket);
        let over = |flow: &Flow| flow.ended && flow.is_empty();
        if over(&there) || over(&back) || (channel.eof() && back.is_empty()) {
            break;
        }
        if moved {
            continue;
        }
        let mut wanted = PollFlags::empty();
        if there.is_empty() {
            wanted |= PollFlags::IN;
        }
        if !back.is_empty() {
            wanted |= PollFlags::OUT;
        }
        let mut sockets = [PollFd::new(&link.socket, link.wanted()), PollFd::new(&socket, wanted)];
        // A failed poll (a signal) is a wake-up like any other.
        let _ = poll(&mut sockets, Some(&timespec(link.pulse.keep_alive.interval)));
        link.keep_alive();
    }
    let limits =
        Limits::new(tokio_util::sync::CancellationToken::new(), Some(Duration::from_secs(1)));
    // The session ends with it anyway.
    let _ = link.call(&limits, || channel.close());
}
