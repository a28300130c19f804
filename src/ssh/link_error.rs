//! Why a call on a session failed or was given up.

use ssh2::ErrorCode;

use crate::{Code, Error};

/// libssh2's name for "not yet": `LIBSSH2_ERROR_EAGAIN`.
const WOULD_BLOCK: i32 = -37;
const SILENT: &str = "the server answers no keep-alive message (ServerAliveInterval)";

/// Why a call on a session ended early.
#[derive(Debug)]
pub(super) enum LinkError {
    Ssh(ssh2::Error),
    /// The connection broke while data moved.
    Lost(String),
    Cancelled,
    /// The deadline passed.
    Deadline,
    /// Nothing moved for the idle limit.
    Idle,
    /// The server answers no keep-alive message.
    Silent,
}

impl LinkError {
    /// An error with this cause; `message` says what was being done.
    pub(super) fn error(self, message: impl Into<String>) -> Error {
        match self {
            LinkError::Ssh(error) => Error::new(Code::Connection, message).cause(error.message()),
            LinkError::Lost(reason) => Error::new(Code::Connection, message).cause(reason),
            LinkError::Cancelled => Error::interrupted(),
            LinkError::Deadline => Error::new(Code::Timeout, message).cause("no answer in time"),
            LinkError::Silent => Error::new(Code::Connection, message).cause(SILENT),
            LinkError::Idle => {
                Error::new(Code::Timeout, message).cause("nothing was received for too long")
            }
        }
    }

    pub(super) fn code(&self) -> Option<i32> {
        match self {
            LinkError::Ssh(error) => Some(session_code(error)),
            _ => None,
        }
    }
}

/// libssh2's number of a session error.
pub(super) fn session_code(error: &ssh2::Error) -> i32 {
    match error.code() {
        ErrorCode::Session(code) | ErrorCode::SFTP(code) => code,
    }
}

pub(super) fn would_block(error: &ssh2::Error) -> bool {
    session_code(error) == WOULD_BLOCK
}
