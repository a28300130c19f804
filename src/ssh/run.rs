//! Runs one command on a session: sends its input, takes its output, learns how it ended.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use ssh2::Channel;

use super::input::Input;
use super::job::{Ended, Failure, Job};
use super::limits::Limits;
use super::link::Link;
use super::link_error::LinkError;
use super::lock::lock;
use super::sink::Sink;
use super::stop::Stop;
use crate::report::Stream;
use crate::{Code, Error};

const OUTPUT: usize = 128 * 1024;
/// How many pieces of one stream are read before the other streams get their turn.
const TURN: usize = 16;
/// A kept session that cannot open a channel in this time is considered dead.
const OPENING: Duration = Duration::from_secs(15);

pub(super) fn run(link: &Link, job: &mut Job) -> Result<Ended, Failure> {
    let mut limits = Limits::new(job.cancel.clone(), job.timeout);
    let opening = limits.within(OPENING);
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
    link.call(&opening, || channel.exec(&job.line)).map_err(|error| {
        Failure::Broken(refused(&format!("cannot start `{}`", job.shown), error))
    })?;
    limits.moved = Instant::now();
    limits.idle = job.idle;
    let result = converse(link, &mut channel, job, &mut limits);
    result.map_err(|stop| Failure::Broken(stop.explain(link, job)))
}

fn hung_up(job: &Job) -> Error {
    Error::new(Code::Connection, format!("[{}] the server closed the connection", job.label))
}

fn converse(
    link: &Link,
    channel: &mut Channel,
    job: &mut Job,
    limits: &mut Limits,
) -> Result<Ended, Stop> {
    let mut input = Input::new(job.input.take(), job.pty);
    let mut buffer = vec![0; OUTPUT];
    loop {
        let mut moved = input.pump(channel)?;
        {
            let mut sink = lock(&job.sink);
            moved |= drain(channel, Stream::Stdout, &mut buffer, &mut *sink)?;
            moved |= drain(channel, Stream::Stderr, &mut buffer, &mut *sink)?;
        }
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
    link.call(limits, || channel.wait_close())?;
    link.call(limits, || channel.close())?;
    let signal = channel.exit_signal().map_err(LinkError::Ssh)?.exit_signal;
    let status = match &signal {
        Some(name) => 128 + signal_number(name),
        None => channel.exit_status().map_err(LinkError::Ssh)?,
    };
    Ok(Ended { status, signal })
}

fn drain(
    channel: &Channel,
    stream: Stream,
    buffer: &mut [u8],
    sink: &mut dyn Sink,
) -> Result<bool, Stop> {
    let mut from = channel.stream(if stream == Stream::Stdout { 0 } else { 1 });
    let mut moved = false;
    for _ in 0..TURN {
        match from.read(buffer) {
            Ok(0) => break,
            Ok(length) => sink.take(stream, &buffer[..length]).map_err(Stop::Error)?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(Stop::Link(LinkError::Lost(error.to_string()))),
        }
        moved = true;
    }
    Ok(moved)
}

fn signal_number(name: &str) -> i32 {
    match name {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ILL" => 4,
        "TRAP" => 5,
        "ABRT" => 6,
        "BUS" => 7,
        "FPE" => 8,
        "KILL" => 9,
        "USR1" => 10,
        "SEGV" => 11,
        "USR2" => 12,
        "PIPE" => 13,
        "ALRM" => 14,
        "TERM" => 15,
        "SYS" => 31,
        // A signal this protocol has no name for.
        _ => 127,
    }
}
