//! One connection: socket, key exchange, host key, login.

use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use ssh2::MethodType;

use super::identity::Ring;
use super::link::{Fault, KEEP_ALIVE, Limits, Link};
use super::proxy::{self, Proxy};
use super::route::{Hop, Via};
use super::{Trust, hostkey, jump, login};
use crate::report::Report;
use crate::{Code, Error, Result};

/// A connection that gets no acknowledgement for this long is dead.
#[cfg(target_os = "linux")]
const DEAD_AFTER: Duration = Duration::from_secs(90);

/// What all connections of a pool share.
pub(super) struct Context {
    pub(super) trust: Arc<dyn Trust>,
    pub(super) ring: Ring,
}

/// A session that is logged in, and the host key it was let in by.
pub(super) struct Connected {
    pub(super) link: Link,
    pub(super) host_key: String,
}

/// Connects and logs in. `banner` bounds the wait for the server's first words.
pub(super) fn connect(
    hop: &Hop,
    context: &Arc<Context>,
    report: &Arc<dyn Report>,
    limits: &Limits,
    banner: Option<Duration>,
) -> Result<Connected> {
    let (socket, proxy) = dial(hop, context, report, limits)?;
    let mut link = Link::new(socket, proxy)?;
    let expected = hostkey::expected(&link.session, hop, &*context.trust)?;
    let refused = |error: ssh2::Error| {
        Error::new(Code::Connection, format!("[{}] cannot prepare the handshake", hop.label))
            .cause(error.message())
    };
    link.session.method_pref(MethodType::HostKey, &expected.methods()).map_err(refused)?;
    handshake(&mut link, hop, limits, banner)?;
    let host_key = hostkey::verify(&link.session, hop, &expected, &*context.trust, &**report)?;
    login::login(&link, hop, context, &**report, &mut limits.clone())?;
    link.session.set_keepalive(true, KEEP_ALIVE);
    Ok(Connected { link, host_key })
}

/// Opens the byte stream to the server.
fn dial(
    hop: &Hop,
    context: &Arc<Context>,
    report: &Arc<dyn Report>,
    limits: &Limits,
) -> Result<(OwnedFd, Option<Proxy>)> {
    match &hop.via {
        None => Ok((tcp(hop, limits)?.into(), None)),
        Some(Via::Jump(next)) => {
            Ok((jump::dial(next, hop, context.clone(), report.clone(), limits.clone())?, None))
        }
        Some(Via::Command(command)) => {
            proxy::start(command).map(|(socket, proxy)| (socket, Some(proxy)))
        }
    }
}

fn tcp(hop: &Hop, limits: &Limits) -> Result<TcpStream> {
    let Hop { label, host, port, .. } = hop;
    let addresses: Vec<_> = (host.as_str(), *port)
        .to_socket_addrs()
        .map_err(|error| {
            Error::new(Code::Connection, format!("[{label}] cannot find the address of {host}"))
                .cause(error)
                .hint("is the name right, and does this machine reach a name server?")
        })?
        .collect();
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        limits.check().map_err(|fault| fault.error(format!("[{label}] cannot reach {address}")))?;
        let left = limits.left().unwrap_or(hop.connect_timeout);
        // Each address gets its share, so that one that swallows packets does not use up the time.
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(10))) {
            Ok(stream) => {
                // Tuning only: a socket that refuses it still works.
                let _ = stream.set_nodelay(true);
                #[cfg(target_os = "linux")]
                let _ = rustix::net::sockopt::set_tcp_user_timeout(
                    &stream,
                    u32::try_from(DEAD_AFTER.as_millis()).unwrap_or(u32::MAX),
                );
                return Ok(stream);
            }
            Err(error) => last = Some((address, error)),
        }
    }
    Err(match last {
        Some((address, error)) => unreachable(label, address, &error),
        None => Error::new(Code::Connection, format!("[{label}] {host} has no address")),
    })
}

fn unreachable(label: &str, address: &std::net::SocketAddr, error: &std::io::Error) -> Error {
    use std::io::ErrorKind;
    let reason = match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_string(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer in time".to_string(),
        _ => error.to_string(),
    };
    Error::new(Code::Connection, format!("[{label}] cannot connect to {address}")).cause(reason)
}

fn handshake(link: &mut Link, hop: &Hop, limits: &Limits, banner: Option<Duration>) -> Result<()> {
    let early = banner.map_or_else(|| limits.clone(), |time| limits.within(time));
    // The session is needed twice: to shake hands and to wait.
    let mut session = link.session.clone();
    let fault = loop {
        let limits = if session.banner().is_some() { limits } else { &early };
        match session.handshake() {
            Ok(()) => return Ok(()),
            Err(error) if super::link::would_block(&error) => {
                if let Err(fault) = link.wait(limits) {
                    break fault;
                }
            }
            Err(error) => break Fault::Ssh(error),
        }
    };
    if matches!(fault, Fault::Cancelled) {
        return Err(Error::interrupted());
    }
    let label = &hop.label;
    let words = link.proxy.as_ref().and_then(Proxy::last_words);
    let error = if session.banner().is_some() {
        fault.error(format!("[{label}] the key exchange with {} failed", hop.address()))
    } else {
        fault.error(format!("[{label}] connected to {}, but no SSH banner yet", hop.address()))
    };
    Err(match words {
        Some(words) => error.cause(format!("the proxy command says: {words}")),
        None => error,
    })
}
