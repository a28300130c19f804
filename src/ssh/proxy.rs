//! A `ProxyCommand`: a program whose input and output are the connection.

use std::io::{BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock::lock;
use super::process_tree::{Family, Mark, Reach};
use crate::{Code, Error, Result, said};

/// How long to wait for the last output of a program that has ended, and for the end of one that must.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

/// The most bytes of a line of its standard error.
const LINE: u64 = 4096;

/// The running program; ended when this is dropped, with all that it started in its session.
pub(super) struct Proxy {
    child: Child,
    mark: Mark,
    last: Arc<Mutex<String>>,
    /// Told at the end of its standard error.
    ended: Mutex<Receiver<()>>,
}

/// Starts the command; the returned socket is its input and output.
pub(super) fn start(command: &str) -> Result<(OwnedFd, Proxy)> {
    let failed = |error: std::io::Error| {
        Error::new(Code::Connection, format!("cannot start the proxy command `{command}`"))
            .cause(error)
    };
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    let input = OwnedFd::from(theirs.try_clone().map_err(failed)?);
    let mut program = Command::new("sh");
    program
        .arg("-c")
        .arg(format!("exec {command}"))
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(OwnedFd::from(theirs)))
        .stderr(Stdio::piped());
    let mark = Mark::on(&mut program, Reach::Session);
    let mut child = program.spawn().map_err(failed)?;
    // The command holds the other end of the socket, which nobody else may keep open.
    drop(program);
    let last = Arc::new(Mutex::new(String::new()));
    let (told, ended) = channel();
    if let Some(errors) = child.stderr.take() {
        let last = last.clone();
        std::thread::spawn(move || {
            let (mut errors, mut line) = (BufReader::new(errors), Vec::new());
            // A line without end is read in pieces, and to its end, or the program would wait.
            while errors.by_ref().take(LINE).read_until(b'\n', &mut line).is_ok_and(|it| it > 0) {
                *lock(&last) = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
            }
            // The receiver is gone when nobody needs to know.
            let _ = told.send(());
        });
    }
    Ok((ours.into(), Proxy { child, mark, last, ended: Mutex::new(ended) }))
}

impl Proxy {
    /// The last line on its standard error: the reason, if the connection failed.
    pub(super) fn last_line(&self) -> Option<String> {
        // The connection may end a moment before the last line arrives. A program that still runs
        // has printed its reason already.
        let _ = lock(&self.ended).recv_timeout(LAST_OUTPUT);
        Some(said::plain(&lock(&self.last))).filter(|line| !line.is_empty())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(family) = Family::of(self.child.id(), &self.mark) {
            family.end(LAST_OUTPUT);
        }
        let _ = self.child.wait();
    }
}
