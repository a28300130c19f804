//! Standard output and error. All output goes through one lock, whole lines at a time, so that lines of
//! several threads never mix and bars are removed and redrawn around them.

use std::io::{ErrorKind, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::MultiProgress;

use crate::{Code, Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

pub struct Screen {
    writers: Mutex<Writers>,
    /// None: no bars on this screen.
    pub bars: Option<MultiProgress>,
}

struct Writers {
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    /// The reader has closed stdout.
    closed: bool,
    /// The first error of stdout.
    failure: Option<Error>,
}

impl Screen {
    pub fn new(
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
        bars: Option<MultiProgress>,
    ) -> Screen {
        let writers = Writers { stdout, stderr, closed: false, failure: None };
        Screen { writers: Mutex::new(writers), bars }
    }

    /// Whole lines, without the last newline.
    pub fn write(&self, stream: Stream, text: &str) {
        let mut line = String::with_capacity(text.len() + 1);
        line.push_str(text);
        line.push('\n');
        let mut writers = self.writers();
        self.without_bars(|| match stream {
            Stream::Stdout => writers.stdout(&line),
            Stream::Stderr => writers.stderr(&line),
        });
    }

    /// Runs `work` while no other thread can write.
    pub fn exclusively<T>(&self, work: impl FnOnce(&mut dyn Write) -> T) -> T {
        let mut writers = self.writers();
        self.without_bars(|| work(&mut writers.stderr))
    }

    /// The error of stdout, if there was one other than a closed pipe.
    pub fn failure(&self) -> Result<()> {
        self.writers().failure.clone().map_or(Ok(()), Err)
    }

    fn without_bars<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.suspend(work),
            None => work(),
        }
    }

    fn writers(&self) -> MutexGuard<'_, Writers> {
        // A panic while writing leaves at worst an incomplete line.
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writers {
    fn stdout(&mut self, line: &str) {
        if self.closed {
            return;
        }
        let written = self.stdout.write_all(line.as_bytes()).and_then(|()| self.stdout.flush());
        match written {
            Ok(()) => {}
            // `imgctl … | head` closes the pipe early: the tasks still have to finish.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => {
                self.closed = true;
                self.failure =
                    Some(Error::new(Code::Io, "cannot write to standard output").cause(error));
            }
        }
    }

    fn stderr(&mut self, line: &str) {
        // An error of stderr cannot be reported anywhere.
        let _ = self.stderr.write_all(line.as_bytes()).and_then(|()| self.stderr.flush());
    }
}
