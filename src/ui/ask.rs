//! Reads an answer from the terminal, until Ctrl-C.

use std::io::{self, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio_util::sync::CancellationToken;

use crate::{Code, Error, Result};

/// Shows the question and reads a line from the terminal.
pub fn line(
    screen: &mut dyn Write,
    question: &str,
    echo: bool,
    cancel: &CancellationToken,
) -> Result<String> {
    let failed = |error: io::Error| Error::new(Code::Io, "cannot ask at the terminal").cause(error);
    let _silence = if echo { None } else { Some(Silence::begin().map_err(failed)?) };
    write!(screen, "{question} ").and_then(|()| screen.flush()).map_err(failed)?;
    let answer = read_line(cancel);
    if !echo || answer.is_err() {
        // The newline that the user typed is not echoed, or was never typed.
        writeln!(screen).map_err(failed)?;
    }
    answer
}

fn read_line(cancel: &CancellationToken) -> Result<String> {
    let failed = |error: rustix::io::Errno| {
        Error::new(Code::Io, "cannot read the answer").cause(io::Error::from(error))
    };
    let stdin = io::stdin();
    let pause = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    let mut line = Vec::new();
    loop {
        if cancel.is_cancelled() {
            return Err(Error::interrupted());
        }
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&pause)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(failed(error)),
        }
        // A byte at a time: input after the line belongs to the next reader.
        let mut byte = [0];
        match rustix::io::read(&stdin, &mut byte) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed(error)),
            Ok(0) => return Err(Error::failed("no answer: standard input has ended")),
            Ok(_) if byte == *b"\n" => {
                return Ok(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned());
            }
            Ok(_) => line.push(byte[0]),
        }
    }
}

/// Until it is dropped, the terminal does not show the input.
struct Silence(Termios);

impl Silence {
    fn begin() -> io::Result<Silence> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Silence(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A failure cannot be handled here.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
