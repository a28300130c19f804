//! One connection: socket, key exchange, host key, login.

use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use ssh2::MethodType;

use super::hop::{Hop, Via};
use super::identity::Authentication;
use super::limits::Limits;
use super::link::{KEEP_ALIVE, Link};
use super::link_error::{LinkError, would_block};
use super::proxy::{self, Proxy};
use super::{hostkey, jump, login, offers};
use crate::report::Report;
use crate::{Code, Error, Result};

/// A connection that gets no acknowledgement for this long is dead.
#[cfg(target_os = "linux")]
const DEAD_AFTER: Duration = Duration::from_secs(90);

/// `LIBSSH2_ERROR_KEX_FAILURE` and `LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE`.
const DISAGREED: [i32; 2] = [-5, -8];
/// How long a server is asked for what it offers.
const OFFERS: Duration = Duration::from_secs(5);

/// A session that is logged in, and the verified host key of the server.
pub(super) struct Connected {
    pub(super) link: Link,
    pub(super) host_key: String,
}

/// Connects and logs in. `banner` limits the wait for the server's banner.
pub(super) fn connect(
    hop: &Hop,
    authentication: &Arc<Authentication>,
    report: &Arc<dyn Report>,
    limits: &Limits,
    banner: Option<Duration>,
) -> Result<Connected> {
    let (socket, proxy) = dial(hop, authentication, report, limits)?;
    let mut link = Link::new(socket, proxy, limits.watchdog.clone())?;
    let trust = &*authentication.trust;
    let expected = hostkey::expected(&link.session, hop, trust, &**report)?;
    let refused = |error: ssh2::Error| {
        Error::new(Code::Connection, format!("[{}] cannot prepare the handshake", hop.label))
            .cause(error.message())
    };
    link.session.method_pref(MethodType::HostKey, &expected.methods()).map_err(refused)?;
    handshake(&mut link, hop, limits, banner).map_err(|failed| {
        if !failed.disagreed {
            return failed.error;
        }
        let limits = limits.within(OFFERS);
        let again = dial(hop, authentication, report, &limits);
        let differences = again.ok().and_then(|(socket, _proxy)| {
            rustix::io::ioctl_fionbio(&socket, true).ok()?;
            Some(offers::differences(&link.session, &expected.methods(), &socket, &limits))
        });
        differences.into_iter().flatten().fold(failed.error, Error::cause)
    })?;
    let host_key = hostkey::verify(&link.session, hop, &expected, trust, &**report)?;
    login::login(&link, hop, authentication, &**report, &mut limits.clone())?;
    link.session.set_keepalive(true, KEEP_ALIVE);
    Ok(Connected { link, host_key })
}

/// Opens the byte stream to the server.
fn dial(
    hop: &Hop,
    authentication: &Arc<Authentication>,
    report: &Arc<dyn Report>,
    limits: &Limits,
) -> Result<(OwnedFd, Option<Proxy>)> {
    match &hop.via {
        None => Ok((tcp(hop, limits)?.into(), None)),
        Some(Via::Jump(next)) => {
            let (next, authentication, report) =
                (next.clone(), authentication.clone(), report.clone());
            let label = next.label.clone();
            let connect = move |limits: &Limits| {
                connect(&next, &authentication, &report, limits, None).map(|it| it.link)
            };
            Ok((jump::dial(&label, hop, limits.clone(), connect)?, None))
        }
        Some(Via::Command(command)) => {
            proxy::start(command).map(|(socket, proxy)| (socket, Some(proxy)))
        }
    }
}

fn tcp(hop: &Hop, limits: &Limits) -> Result<TcpStream> {
    let Hop { label, host, port, .. } = hop;
    // A lookup takes the time it takes.
    let _guard = limits.guard();
    let addresses: Vec<_> = (host.as_str(), *port)
        .to_socket_addrs()
        .map_err(|error| {
            Error::new(Code::Connection, format!("[{label}] cannot find the address of {host}"))
                .cause(error)
                .hint("check the name, and that this machine reaches a name server")
        })?
        .collect();
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        limits.check().map_err(|error| error.error(format!("[{label}] cannot reach {address}")))?;
        let left = limits.left().unwrap_or(hop.connect_timeout);
        // Each address gets a share of the time, so that one that drops packets does not use up all.
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(10))) {
            Ok(stream) => {
                // A socket that refuses these settings still works.
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

/// A handshake that failed.
struct Failed {
    error: Error,
    /// The two sides may have no method in common.
    disagreed: bool,
}

fn handshake(
    link: &mut Link,
    hop: &Hop,
    limits: &Limits,
    banner: Option<Duration>,
) -> Result<(), Failed> {
    let early = banner.map_or_else(|| limits.clone(), |time| limits.within(time));
    // A clone, because the handshake borrows the session mutably while `link` waits.
    let mut session = link.session.clone();
    let failure = loop {
        let limits = if session.banner().is_some() { limits } else { &early };
        let result = {
            let _guard = limits.guard();
            session.handshake()
        };
        match result {
            Ok(()) => return Ok(()),
            Err(error) if would_block(&error) => {
                if let Err(failure) = link.wait(limits) {
                    break failure;
                }
            }
            Err(error) => break LinkError::Ssh(error),
        }
    };
    let disagreed = failure.code().is_some_and(|code| DISAGREED.contains(&code));
    if matches!(failure, LinkError::Cancelled) {
        return Err(Failed { error: Error::interrupted(), disagreed });
    }
    let label = &hop.label;
    let printed = link.proxy.as_ref().and_then(Proxy::last_line);
    let error = if session.banner().is_some() {
        failure.error(format!("[{label}] the key exchange with {} failed", hop.address()))
    } else {
        failure.error(format!("[{label}] connected to {}, but no SSH banner yet", hop.address()))
    };
    let error = match printed {
        Some(line) => error.cause(format!("the proxy command printed: {line}")),
        None => error,
    };
    Err(Failed { error, disagreed })
}
