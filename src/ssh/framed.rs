//! What a command printed and how it ended, as its [frame](super::frame) tells.

use super::job::{Ended, Job};
use super::marks::{GREETING, Marks};
use super::sink::Sink;
use crate::report::Stream;
use crate::{Code, Error, Result, said};

/// How much of a greeting is quoted, in characters.
const QUOTED: usize = 200;

/// Both streams of a command.
pub(super) struct Framed {
    stdout: Marks,
    stderr: Marks,
}

impl Framed {
    pub(super) fn new(nonce: &str) -> Self {
        Framed { stdout: Marks::new(nonce), stderr: Marks::new(nonce) }
    }

    /// Takes what the server sent, and passes on what the command printed.
    pub(super) fn take(
        &mut self,
        stream: Stream,
        bytes: &[u8],
        job: &Job,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let marks = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        let began = marks.begun.is_some();
        marks.push(bytes, &mut |bytes| sink.take(stream, bytes))?;
        if !began && marks.begun.is_some() {
            let is_stdout = stream == Stream::Stdout;
            job.shell.began(marks.begun == Some(1) && is_stdout);
            if !job.pty {
                let greeting = quoted(&marks.greeting);
                job.shell.greeted(&job.label, greeting.as_deref(), &*job.report);
            }
        }
        if self.stdout.is_merged {
            job.shell.merged(&job.label, &*job.report);
        }
        let marks = if stream == Stream::Stdout { &self.stdout } else { &self.stderr };
        if marks.is_flooded() {
            let kib = GREETING >> 10;
            let message = format!(
                "[{}] the login shell prints more than {kib} KiB before a command",
                job.label
            );
            let error = Error::failed(message);
            return Err(match quoted(marks.before()) {
                Some(text) => error.cause(format!("it begins with: {text}")),
                None => error,
            }
            .hint("let its login files print only where a terminal is: `[ -t 1 ] || return`"));
        }
        Ok(())
    }

    /// True when the command has told its status.
    pub(super) fn has_ended(&self) -> bool {
        self.stdout.ended.is_some()
    }

    /// Passes on the rest and decides how the command ended. `status` and `signal` are the server's
    /// word: a status of 0 may mean that it has sent none.
    pub(super) fn close(
        &mut self,
        job: &Job,
        status: i32,
        signal: Option<(i32, String)>,
        sink: &mut dyn Sink,
    ) -> Result<Ended> {
        if self.stdout.begun.is_none() {
            return Err(self.not_run(job, status, signal.as_ref()));
        }
        self.stdout.finish(&mut |bytes| sink.take(Stream::Stdout, bytes))?;
        self.stderr.finish(&mut |bytes| sink.take(Stream::Stderr, bytes))?;
        match (self.stdout.ended, signal) {
            (Some(status), _) => Ok(Ended { status, signal: None }),
            (None, Some((number, name))) => Ok(Ended { status: 128 + number, signal: Some(name) }),
            (None, None) => {
                let error = unknown_end(job);
                Err(match status {
                    0 => error.cause("the server closed the channel before the command had ended"),
                    _ => error
                        .cause(format!("its shell was ended from outside, with status {status}")),
                })
            }
        }
    }

    fn not_run(&self, job: &Job, status: i32, signal: Option<&(i32, String)>) -> Error {
        job.shell.forget();
        let Job { label, shown, .. } = job;
        let printed = [&self.stderr, &self.stdout].into_iter().find_map(|it| quoted(it.before()));
        let error = match (status, signal, &printed) {
            (0, None, None) => {
                return unknown_end(job)
                    .cause("the server closed the channel before the command had begun");
            }
            (_, Some((_, name)), _) => Error::new(
                Code::CommandFailed,
                format!("[{label}] the login shell did not run `{shown}`: signal {name} ended it"),
            ),
            _ => Error::new(
                Code::CommandFailed,
                format!(
                    "[{label}] the login shell did not run `{shown}`: it exited with status {status}"
                ),
            ),
        };
        let error = match printed {
            Some(text) if !job.secret => error.cause(format!("it printed: {text}")),
            _ => error,
        };
        error.hint(
            "check that this user may log in and that the login shell runs `sh`: a `command=` in \
             authorized_keys or a ForceCommand in sshd_config takes its place",
        )
    }
}

/// The error for a command of which the end was not received.
fn unknown_end(job: &Job) -> Error {
    Error::new(Code::Connection, format!("[{}] the end of `{}` is not known", job.label, job.shown))
        .hint("it may have been carried out, or in part: look before you run it again")
}

/// The beginning of a text in one line; None if there is nothing to see.
fn quoted(bytes: &[u8]) -> Option<String> {
    let text = said::plain(&String::from_utf8_lossy(bytes));
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTED) {
        _ if line.is_empty() => None,
        Some((end, _)) => Some(format!("{}…", &line[..end])),
        None => Some(line),
    }
}
