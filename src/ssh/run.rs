//! Runs one command on a session: feeds its input, takes its output, learns how it ended.

use std::io::{ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ssh2::Channel;

use super::kill;
use super::link::{Fault, Limits, Link};
use super::sink::Sink;
use crate::report::Stream;
use crate::{Code, Error, Result};

/// One packet's worth of input: libssh2 sends no more at once, and larger slices were slower.
const INPUT: usize = 32_700;
const OUTPUT: usize = 128 * 1024;
/// How many pieces of one stream are moved before the other streams get their turn.
const TURN: usize = 16;
/// A kept session that cannot open a channel in this time is taken for dead.
const OPENING: Duration = Duration::from_secs(15);

/// A command as the session's thread sees it.
pub(super) struct Job {
    /// What the login shell gets.
    pub(super) line: String,
    /// The name of the machine, for messages.
    pub(super) label: String,
    /// The command as it may be shown.
    pub(super) shown: String,
    /// Nothing of what it prints may be shown.
    pub(super) secret: bool,
    pub(super) pty: bool,
    pub(super) input: Option<Box<dyn Read + Send>>,
    pub(super) sink: Arc<Mutex<dyn Sink>>,
    pub(super) cancel: tokio_util::sync::CancellationToken,
    pub(super) timeout: Option<Duration>,
    pub(super) idle: Option<Duration>,
    /// The user whose processes must be ended when it is given up, if not the login user.
    pub(super) sudo: Option<String>,
}

/// How a command ended.
pub(super) struct Ended {
    pub(super) status: i32,
    pub(super) signal: Option<String>,
}

/// Why there is no [`Ended`].
pub(super) enum Failure {
    /// The command was never sent: another session may run it.
    NotBegun(Error),
    Broken(Error),
}

pub(super) fn run(link: &Link, job: &mut Job) -> Result<Ended, Failure> {
    let mut limits = Limits::new(job.cancel.clone(), job.timeout);
    let opening = limits.within(OPENING);
    let refused = |what: &str, fault: Fault| fault.error(format!("[{}] {what}", job.label));
    if link.hung_up() {
        return Err(Failure::NotBegun(gone(job)));
    }
    let mut channel = link
        .call(&opening, || link.session.channel_session())
        .map_err(|fault| Failure::NotBegun(refused("cannot open a channel", fault)))?;
    if job.pty {
        link.call(&opening, || channel.request_pty("xterm", None, Some((120, 40, 0, 0))))
            .map_err(|fault| Failure::NotBegun(refused("the server gave no terminal", fault)))?;
    }
    link.call(&opening, || channel.exec(&job.line)).map_err(|fault| {
        Failure::Broken(refused(&format!("cannot start `{}`", job.shown), fault))
    })?;
    limits.moved = Instant::now();
    limits.idle = job.idle;
    let result = converse(link, &mut channel, job, &mut limits);
    result.map_err(|stop| Failure::Broken(stop.explain(link, job)))
}

/// What ended a conversation before its time.
enum Stop {
    Fault(Fault),
    Error(Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

impl Stop {
    /// The error for the user; a command that still runs is ended first.
    fn explain(self, link: &Link, job: &Job) -> Error {
        let Job { label, shown, .. } = job;
        let (message, time) = match self {
            Stop::Error(error) => {
                kill::terminate(link, job);
                return error;
            }
            Stop::Fault(fault @ (Fault::Ssh(_) | Fault::Lost(_))) => {
                return fault
                    .error(format!("[{label}] the connection was lost while `{shown}` ran"));
            }
            Stop::Fault(Fault::Cancelled) => {
                kill::terminate(link, job);
                return Error::interrupted();
            }
            Stop::Fault(Fault::Deadline) => ("did not end within", job.timeout),
            Stop::Fault(Fault::Idle) => ("printed nothing for", job.idle),
        };
        kill::terminate(link, job);
        let time = time.unwrap_or_default().as_secs_f64();
        let error = Error::new(Code::Timeout, format!("[{label}] `{shown}` {message} {time} s"));
        if job.secret {
            return error;
        }
        match lock(&job.sink).last_line() {
            Some(line) => error.cause(format!("it last printed: {line}")),
            None => error.cause("it printed nothing"),
        }
    }
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
    let signal = channel.exit_signal().map_err(Fault::Ssh)?.exit_signal;
    let status = match &signal {
        Some(name) => 128 + signal_number(name),
        None => channel.exit_status().map_err(Fault::Ssh)?,
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
            Err(error) => return Err(Stop::Fault(Fault::Lost(error.to_string()))),
        }
        moved = true;
    }
    Ok(moved)
}

/// The standard input of a command.
struct Input {
    source: Option<Box<dyn Read + Send>>,
    pty: bool,
    buffer: Vec<u8>,
    start: usize,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Sending,
    Ending,
    Ended,
}

impl Input {
    fn new(source: Option<Box<dyn Read + Send>>, pty: bool) -> Self {
        let buffer = Vec::new();
        Input { source, pty, buffer, start: 0, state: State::Sending }
    }

    /// Sends what the other side takes; true if anything moved.
    fn pump(&mut self, channel: &mut Channel) -> Result<bool, Stop> {
        let mut moved = false;
        for _ in 0..TURN {
            if self.state == State::Sending && self.start == self.buffer.len() {
                self.refill()?;
            }
            let step = match self.state {
                State::Sending => channel.write(&self.buffer[self.start..]),
                State::Ending => channel.send_eof().map(|()| 0).map_err(Into::into),
                State::Ended => return Ok(moved),
            };
            match step {
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Ok(0) if self.state == State::Sending => break,
                Ok(length) if self.state == State::Sending => self.start += length,
                // The command ended or closed its input: the rest is not wanted. If it was the
                // connection that broke, reading says so.
                Err(_) if self.state == State::Sending => self.state = State::Ending,
                _ => self.state = State::Ended,
            }
            moved = true;
        }
        Ok(moved)
    }

    fn refill(&mut self) -> Result<(), Stop> {
        self.start = 0;
        self.buffer.resize(INPUT, 0);
        let length = match &mut self.source {
            Some(source) => source.read(&mut self.buffer).map_err(|error| {
                Stop::Error(Error::new(Code::Io, "cannot read what is to be sent").cause(error))
            })?,
            None => 0,
        };
        self.buffer.truncate(length);
        if length == 0 {
            self.source = None;
            // A terminal has no end of file, only the character for it.
            if std::mem::take(&mut self.pty) {
                self.buffer.push(4);
            } else {
                self.state = State::Ending;
            }
        }
        Ok(())
    }
}

fn gone(job: &Job) -> Error {
    Error::new(Code::Connection, format!("[{}] the other side hung up", job.label))
}

pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks stays usable after a panic elsewhere.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
