//! A command for another machine, and how it ended.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Code, Error, Result, said};

/// The longest command shown in messages, in characters.
const SHOWN: usize = 1000;

/// Bytes of each stream that are kept unless the command sets another limit.
pub(super) const KEEP: usize = 16 * 1024 * 1024;

/// A shell command and how to run it.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// For `sh`; words are quoted already.
    pub line: String,
    /// Run as this user by `sudo -n -u`; `Some("root")` for a plain sudo.
    pub sudo: Option<String>,
    pub env: BTreeMap<String, String>,
    pub cwd: Option<String>,
    pub timeout: Option<Duration>,
    pub pty: bool,
    /// Bytes for its standard input.
    pub stdin: Option<Vec<u8>>,
    /// Show its output as it comes.
    pub live: bool,
    /// The command contains a secret: never show it, nor its output.
    pub secret: bool,
    /// Bytes kept of each stream for the result (the rest is shown only). None: 16 MiB.
    pub keep: Option<usize>,
    /// More output than is kept is an error, and ends the command.
    pub whole: bool,
}

impl Command {
    /// Refuses what no machine can carry out, before one is asked.
    ///
    /// # Errors
    /// `Usage`.
    pub fn check(&self) -> Result<()> {
        if self.pty && self.secret {
            return Err(secret_on_terminal());
        }
        if self.line.contains('\0') {
            return Err(Error::usage("a command must not contain a zero byte"));
        }
        if self.sudo.as_deref().is_some_and(|user| user.trim().is_empty()) {
            return Err(Error::usage("the user of a command has no name")
                .hint("omit `user` for the login user, or name another one"));
        }
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_name = |name: &str| {
            !name.is_empty()
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && name.chars().all(is_of_name)
        };
        match self.env.keys().find(|name| !is_name(name)) {
            None => Ok(()),
            Some(name) => {
                let message = format!("`{name}` is not a valid name of an environment variable");
                Err(Error::usage(message)
                    .hint("use letters, digits and underscores, and begin with no digit"))
            }
        }
    }
}

/// The error for a command with a secret and a terminal.
pub(super) fn secret_on_terminal() -> Error {
    Error::usage("a command that contains a secret cannot have a `pty`")
        .hint("omit `pty`, because a terminal shows its input, or pass the secret in a file")
}

/// How a command ended.
#[derive(Debug, Clone, Default)]
pub struct Output {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Exit status; 128 + n for a signal n.
    pub status: i32,
    /// `TERM`, `KILL`…, if a signal ended it.
    pub signal: Option<String>,
    /// More was printed than `keep` allowed.
    pub truncated: bool,
    pub seconds: f64,
}

/// The error for a command that ended with a status that was not allowed.
pub fn command_failed(host: &str, shown: &str, output: &Output) -> Error {
    let how = match &output.signal {
        Some(signal) => format!("was killed by signal {signal}"),
        None => format!("exited with status {}", output.status),
    };
    let error = Error::new(Code::CommandFailed, format!("[{host}] `{}` {how}", shortened(shown)));
    let tail = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    said::last(tail, 3).into_iter().fold(error, Error::cause)
}

/// A command that is not too long for a message.
#[must_use]
pub fn shortened(line: &str) -> String {
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// `16 MiB`, `64 KiB`, `1000 bytes`.
#[must_use]
pub fn bytes_in_words(bytes: usize) -> String {
    match bytes {
        0 => "0 bytes".to_owned(),
        whole if whole % (1 << 20) == 0 => format!("{} MiB", whole >> 20),
        whole if whole % (1 << 10) == 0 => format!("{} KiB", whole >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

/// What an error of [`too_much`] is [about](Error::about).
pub const TOO_MUCH: &str = "size";

/// The error for output that does not fit into the result; `what` printed or contains it.
#[must_use]
pub fn too_much(host: &str, what: &str, most: usize, cure: &str) -> Error {
    let most = bytes_in_words(most);
    Error::failed(format!("[{host}] {what} more than {most}")).about(TOO_MUCH).hint(cure)
}

/// The error for a command with more output than is kept.
#[must_use]
pub fn printed_too_much(host: &str, shown: &str, most: usize) -> Error {
    too_much(
        host,
        &format!("`{}` printed", shortened(shown)),
        most,
        "let the host cut it down (`head`, `grep`), or ask for more with `keep: \"64MiB\"`",
    )
}
