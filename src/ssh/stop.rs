//! A command that did not end by itself: kills it and says why.

use super::job::Job;
use super::kill::{Patience, terminate};
use super::link::Link;
use super::link_error::LinkError;
use super::lock::lock;
use crate::{Code, Error};

/// What ended a command before its time.
pub(super) enum Stop {
    Link(LinkError),
    /// It still runs.
    Error(Error),
    /// It runs no longer.
    Ended(Error),
}

impl From<LinkError> for Stop {
    fn from(error: LinkError) -> Self {
        Stop::Link(error)
    }
}

impl Stop {
    /// The error for the user; a command that still runs is killed first, which its nonce identifies.
    pub(super) fn explain(self, link: &Link, job: &Job, nonce: &str) -> Error {
        let Job { label, shown, .. } = job;
        let (message, time) = match self {
            Stop::Ended(error) => return error,
            Stop::Error(error) => {
                terminate(link, job, nonce, &Patience::LONG);
                return error;
            }
            Stop::Link(error @ (LinkError::Ssh(_) | LinkError::Lost(_) | LinkError::Silent)) => {
                return error
                    .error(format!("[{label}] the connection was lost while `{shown}` ran"))
                    .hint(
                        "it may have been carried out, or in part: look before you run it again",
                    );
            }
            Stop::Link(LinkError::Cancelled) => {
                terminate(link, job, nonce, &Patience::SHORT);
                return Error::interrupted();
            }
            Stop::Link(LinkError::Deadline) => ("did not end within", job.timeout),
            Stop::Link(LinkError::Idle) => ("printed nothing for", job.idle),
        };
        terminate(link, job, nonce, &Patience::LONG);
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
