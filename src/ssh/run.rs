//! Runs one command on a session: sends its input, takes its output, learns how it ended.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use ssh2::Channel;

use super::frame::Program;
use super::framed::Framed;
use super::input::Input;
use super::job::{Ended, Failure, Job};
use super::kill::{Patience, terminate};
use super::limits::Limits;
use super::link::Link;
use super::link_error::LinkError;
use super::lock::lock;
use super::signal;
use super::stop::Stop;
use crate::report::Stream;
use crate::{Code, Error};

const OUTPUT: usize = 128 * 1024;
/// What is read at once before a command has said more: most say a line.
const LITTLE: usize = 4 * 1024;
/// How many pieces of one stream are read before the other streams get their turn.
const TURN: usize = 16;
/// How long the server may take to close a channel after the end of the output.
const CLOSING: Duration = Duration::from_secs(15);

pub(super) fn run(link: &Link, job: &mut Job) -> Result<Ended, Failure> {
    let mut limits = Limits::new(job.cancel.clone(), job.timeout).guarded(&link.watchdog);
    let opening = limits.within(job.opening);
    let refused = |what: &str, error: LinkError| error.error(format!("[{}] {what}", job.label));
    if link.hung_up() {
        return Err(Failure::NotBegun(hung_up(job)));
    }
    let mut channel = link
        .call(&opening, || link.session.channel_session())
        .map_err(|error| Failure::NotBegun(refused("cannot open a channel", error)))?;
    if job.pty {
        link.call(&opening, || channel.request_pty("xterm", None, Some((120, 40, 0, 0))))
            .map_err(|error| Failure::NotBegun(refused("the server refused a terminal", error)))?;
    }
    let nonce = format!("{:016x}", fastrand::u64(..));
    let user = job.sudo.as_deref();
    let program = Program { text: &job.script, user, pty: job.pty, is_sh: job.shell.is_sh() };
    let line = program.line(&nonce);
    link.call(&opening, || channel.exec(&line)).map_err(|error| {
        match error {
            // The server has the line, and may be about to run it.
            LinkError::Cancelled => terminate(link, job, &nonce, &Patience::SHORT),
            LinkError::Deadline => terminate(link, job, &nonce, &Patience::LONG),
            _ => {}
        }
        Failure::Broken(refused(&format!("cannot start `{}`", job.shown), error))
    })?;
    limits.moved = Instant::now();
    limits.idle = job.idle;
    let result = converse(link, &mut channel, job, &mut Framed::new(&nonce), &mut limits);
    result.map_err(|stop| Failure::Broken(stop.explain(link, job, &nonce)))
}

fn hung_up(job: &Job) -> Error {
    Error::new(Code::Connection, format!("[{}] the server closed the connection", job.label))
}

fn converse(
    link: &Link,
    channel: &mut Channel,
    job: &mut Job,
    framed: &mut Framed,
    limits: &mut Limits,
) -> Result<Ended, Stop> {
    let mut input = Input::new(job.input.take(), job.pty);
    let mut buffer = vec![0; LITTLE];
    loop {
        let moved = {
            let _guard = limits.guard();
            input.pump(channel)?
                | drain(channel, Stream::Stdout, &mut buffer, framed, job)?
                | drain(channel, Stream::Stderr, &mut buffer, framed, job)?
        };
        if channel.eof() {
            break;
        }
        if moved {
            limits.moved = Instant::now();
            limits.check()?;
        } else {
            link.wait(limits)?;
        }
    }
    // The exit status may come after the end of the output; closing first would lose it.
    match link.call(&limits.within(CLOSING), || channel.wait_close()) {
        // A server that never closes the channel has told all that matters.
        Err(LinkError::Deadline) if limits.check().is_ok() && framed.has_ended() => {}
        result => {
            result?;
            link.call(&limits.within(CLOSING), || channel.close())?;
        }
    }
    let signal = channel.exit_signal().map_err(LinkError::Ssh)?.exit_signal;
    let signal = signal.map(|name| (signal::number(&name), name));
    let status = channel.exit_status().map_err(LinkError::Ssh)?;
    framed.close(job, status, signal, &mut *lock(&job.sink)).map_err(Stop::Ended)
}

fn drain(
    channel: &Channel,
    stream: Stream,
    buffer: &mut Vec<u8>,
    framed: &mut Framed,
    job: &Job,
) -> Result<bool, Stop> {
    let mut from = channel.stream(if stream == Stream::Stdout { 0 } else { 1 });
    let mut sink = lock(&job.sink);
    let mut moved = false;
    for _ in 0..TURN {
        match from.read(buffer) {
            Ok(0) => break,
            Ok(length) => {
                framed.take(stream, &buffer[..length], job, &mut *sink).map_err(Stop::Error)?;
                if length == buffer.len() && length < OUTPUT {
                    buffer.resize(OUTPUT, 0);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(Stop::Link(LinkError::Lost(error.to_string()))),
        }
        moved = true;
    }
    Ok(moved)
}
