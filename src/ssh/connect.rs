//! One connection: socket, key exchange, host key, login.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use ssh2::MethodType;

use super::hop::{Hop, Via};
use super::identity::Authentication;
use super::limits::Limits;
use super::link::Link;
use super::link_error::{LinkError, would_block};
use super::proxy::{self, Proxy};
use super::{hostkey, jump, login, methods, offers, tcp};
use crate::report::Report;
use crate::{Code, Error, Result, said};

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
    let mut link = Link::new(socket, proxy, limits.watchdog.clone(), hop.keep_alive)?;
    let trust = &*authentication.trust;
    let expected = hostkey::expected(&link.session, hop, trust, &**report)?;
    let refused = |error: ssh2::Error| {
        Error::new(Code::Connection, format!("[{}] cannot prepare the handshake", hop.label))
            .cause(error.message())
    };
    let host_keys = methods::host_keys(hop, &expected.methods())?;
    link.session.method_pref(MethodType::HostKey, &host_keys).map_err(refused)?;
    methods::restrict(&link.session, hop)?;
    handshake(&mut link, hop, limits, banner).map_err(|failed| {
        if !failed.disagreed {
            return failed.error;
        }
        let limits = limits.within(OFFERS);
        let again = dial(hop, authentication, report, &limits);
        let differences = again.ok().and_then(|(socket, _proxy)| {
            rustix::io::ioctl_fionbio(&socket, true).ok()?;
            Some(offers::differences(&link.session, &host_keys, &socket, &limits))
        });
        differences.into_iter().flatten().fold(failed.error, Error::cause)
    })?;
    let host_key = hostkey::verify(&link.session, hop, &expected, trust, &**report)?;
    login::login(&link, hop, authentication, &**report, &mut limits.clone())?;
    let seconds = hop.keep_alive.interval.as_secs();
    link.session.set_keepalive(true, u32::try_from(seconds).unwrap_or(u32::MAX));
    link.pulse.begin();
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
        None => Ok((tcp::connect(hop, limits)?.into(), None)),
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

/// What it was connected to has not begun to speak SSH.
fn no_banner(failure: LinkError, hop: &Hop) -> Error {
    let (label, address) = (&hop.label, hop.address());
    let Some(Via::Command(command)) = &hop.via else {
        return failure.error(format!("[{label}] connected to {address}, but no SSH banner yet"));
    };
    let does = match failure {
        LinkError::Deadline => "runs and says nothing",
        _ => "does not lead to an SSH server",
    };
    failure
        .error(format!("[{label}] the proxy command to {address} {does}: no SSH banner yet"))
        .cause(format!("it is `{}`", said::begin(command)))
        .hint(
            "run it in a shell: the first line must begin with `SSH-2.0-`; ConnectTimeout in \
             ~/.ssh/config, or the option connect_timeout, says how long that may take",
        )
}

/// Whether the server has said that it is one; lines before that may say anything.
fn speaks_ssh(session: &ssh2::Session) -> bool {
    session.banner().is_some_and(|banner| banner.starts_with("SSH-"))
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
        let limits = if speaks_ssh(&session) { limits } else { &early };
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
    let error = if speaks_ssh(&session) {
        failure.error(format!("[{label}] the key exchange with {} failed", hop.address()))
    } else if session.banner().is_some() {
        let message = format!("[{label}] what answers at {} is no SSH server", hop.address());
        failure.error(message).hint("check the address and the port")
    } else {
        no_banner(failure, hop)
    };
    let error = match printed {
        Some(line) => error.cause(format!("the proxy command printed: {line}")),
        None => error,
    };
    Err(Failed { error, disagreed })
}
