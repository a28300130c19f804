//! The TCP connection to a server, from the address that the user's configuration names.

use std::io::{Error as IoError, ErrorKind};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

use super::allowed::Family;
use super::hop::Hop;
use super::limits::Limits;
use super::link::timespec;
use crate::{Code, Error, Result};

/// A connection that gets no acknowledgement for this long is dead.
#[cfg(target_os = "linux")]
const DEAD_AFTER: Duration = Duration::from_secs(90);

/// Connects to the first address of the host that answers.
pub(super) fn connect(hop: &Hop, limits: &Limits) -> Result<TcpStream> {
    let Hop { label, host, .. } = hop;
    // A lookup takes the time it takes.
    let _guard = limits.guard();
    let addresses = addresses(hop)?;
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        limits.check().map_err(|error| error.error(format!("[{label}] cannot reach {address}")))?;
        let left = limits.left().unwrap_or(hop.connect_timeout);
        // Each address gets a share of the time, so that one that drops packets does not use up all.
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        match open(address, hop.bind.as_deref(), share.max(Duration::from_millis(10))) {
            Ok(stream) => {
                // A socket that refuses these settings still works.
                let _ = stream.set_nodelay(true);
                #[cfg(target_os = "linux")]
                let _ = net::sockopt::set_tcp_user_timeout(
                    &stream,
                    u32::try_from(DEAD_AFTER.as_millis()).unwrap_or(u32::MAX),
                );
                return Ok(stream);
            }
            Err(error) => last = Some((address, error)),
        }
    }
    Err(match last {
        Some((address, error)) => unreachable(hop, address, &error),
        None => Error::new(Code::Connection, format!("[{label}] {host} has no address")),
    })
}

fn addresses(hop: &Hop) -> Result<Vec<SocketAddr>> {
    let Hop { label, host, port, .. } = hop;
    let all = (host.as_str(), *port).to_socket_addrs().map_err(|error| {
        Error::new(Code::Connection, format!("[{label}] cannot find the address of {host}"))
            .cause(error)
            .hint("check the name, and that this machine reaches a name server")
    })?;
    let all: Vec<SocketAddr> = all.collect();
    let is_meant = |address: &SocketAddr| match hop.family {
        Family::Any => true,
        Family::Four => address.is_ipv4(),
        Family::Six => address.is_ipv6(),
    };
    let meant: Vec<SocketAddr> = all.iter().copied().filter(is_meant).collect();
    if meant.is_empty() && !all.is_empty() {
        let named = all.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>();
        let message = format!("[{label}] {host} has no address of the family that is to be used");
        return Err(Error::config(message)
            .cause(format!("its addresses are {}", named.join(", ")))
            .hint(format!("correct AddressFamily of {} in ~/.ssh/config", hop.alias)));
    }
    Ok(meant)
}

/// Connects to one address, from `bind` if it is given: an address of this computer, or a name of one.
fn open(address: &SocketAddr, bind: Option<&str>, time: Duration) -> std::io::Result<TcpStream> {
    let Some(bind) = bind else { return TcpStream::connect_timeout(address, time) };
    let until = Instant::now() + time;
    let mut own = (bind, 0).to_socket_addrs().map_err(|error| unusable(bind, &error))?;
    let own = own.find(|own| own.is_ipv4() == address.is_ipv4());
    let own = own.ok_or_else(|| unusable(bind, &"it is of the other address family"))?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = net::socket_with(family, SocketType::STREAM, flags, None)?;
    net::bind(&socket, &own).map_err(|error| unusable(bind, &error))?;
    match net::connect(&socket, address) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(error) => return Err(error.into()),
    }
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match poll(&mut [PollFd::new(&socket, PollFlags::OUT)], Some(&timespec(left))) {
            Ok(0) => return Err(ErrorKind::TimedOut.into()),
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    net::sockopt::socket_error(&socket)??;
    rustix::io::ioctl_fionbio(&socket, false)?;
    Ok(TcpStream::from(socket))
}

fn unusable(bind: &str, why: &dyn std::fmt::Display) -> IoError {
    let message = format!("BindAddress {bind} of ~/.ssh/config cannot be used: {why}");
    IoError::new(ErrorKind::AddrNotAvailable, message)
}

fn unreachable(hop: &Hop, address: &SocketAddr, error: &IoError) -> Error {
    let reason = match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_string(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer in time".to_string(),
        _ => error.to_string(),
    };
    let message = format!("[{}] cannot connect to {address}", hop.label);
    match error.kind() {
        // Asking again changes nothing about it.
        ErrorKind::AddrNotAvailable if hop.bind.is_some() => Error::config(message)
            .hint(format!("correct BindAddress of {} in ~/.ssh/config", hop.alias)),
        _ => Error::new(Code::Connection, message),
    }
    .cause(reason)
}
