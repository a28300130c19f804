//! The standard input of a command, sent in pieces.

use std::io::{ErrorKind, Read, Write};

use ssh2::Channel;

use super::stop::Stop;
use crate::{Code, Error};

/// One packet's worth of input: libssh2 sends no more at once, and larger slices were slower.
const PACKET: usize = 32_700;
/// The longest line of a terminal (`N_TTY_BUF_SIZE` of Linux, less its end).
const LINE: usize = 4095;
/// The character that ends the input of a terminal.
const END: u8 = 4;
/// How many packets are sent before the output gets its turn.
const TURN: usize = 16;

/// The standard input of a command.
pub(super) struct Input {
    source: Option<Box<dyn Read + Send>>,
    pty: bool,
    buffer: Vec<u8>,
    start: usize,
    state: State,
    /// Bytes since the last line end.
    in_line: usize,
}

#[derive(PartialEq)]
enum State {
    Sending,
    Ending,
    Ended,
}

impl Input {
    pub(super) fn new(source: Option<Box<dyn Read + Send>>, pty: bool) -> Self {
        let buffer = Vec::new();
        Input { source, pty, buffer, start: 0, state: State::Sending, in_line: 0 }
    }

    /// Sends as much as the server accepts; true if anything moved.
    pub(super) fn pump(&mut self, channel: &mut Channel) -> Result<bool, Stop> {
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
                // The command ended or closed its input and needs no more of it. If the connection
                // broke, reading reports that.
                Err(_) if self.state == State::Sending => self.state = State::Ending,
                _ => self.state = State::Ended,
            }
            moved = true;
        }
        Ok(moved)
    }

    fn refill(&mut self) -> Result<(), Stop> {
        self.start = 0;
        self.buffer.resize(PACKET, 0);
        let length = match &mut self.source {
            Some(source) => source.read(&mut self.buffer).map_err(|error| {
                Stop::Error(Error::new(Code::Io, "cannot read the input to send").cause(error))
            })?,
            None => 0,
        };
        self.buffer.truncate(length);
        if self.pty {
            self.check_lines()?;
        }
        if length == 0 {
            self.source = None;
            // A terminal has no end of file, only the character for it, which within a line just hands
            // over what came so far.
            if std::mem::take(&mut self.pty) {
                self.buffer.push(END);
                if self.in_line > 0 {
                    self.buffer.push(END);
                }
            } else {
                self.state = State::Ending;
            }
        }
        Ok(())
    }

    /// A terminal drops the rest of a line that is too long for it.
    fn check_lines(&mut self) -> Result<(), Stop> {
        for byte in &self.buffer {
            self.in_line = if matches!(byte, b'\n' | b'\r') { 0 } else { self.in_line + 1 };
            if self.in_line > LINE {
                let message = format!("a terminal takes no lines of more than {LINE} bytes");
                let error = Error::usage(message).hint("omit `pty`, or `stdin`");
                return Err(Stop::Error(error));
            }
        }
        Ok(())
    }
}
