//! Commands and files on another machine. [`Remote`] is what the rest of the house sees; behind it
//! is a pool of ssh2 sessions, or a recorder in tests.

mod command;
mod config;
mod connect;
mod hostkey;
mod identity;
mod jump;
pub mod keys;
mod kill;
mod known_hosts;
mod lines;
mod link;
mod login;
mod pool;
mod proxy;
mod remote;
mod route;
mod run;
mod session;
mod shell;
mod sink;
mod transfer;

pub use pool::{Pool, Surroundings};

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::report::Watch;
use crate::{Code, Error, Result};

/// Where to connect, as who, and how to know that it is the right machine.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// A name, an address, or an alias of `~/.ssh/config`.
    pub host: String,
    /// None: from `~/.ssh/config`, else 22.
    pub port: Option<u16>,
    /// None: from `~/.ssh/config`, else this user's name.
    pub user: Option<String>,
    /// Prefix of its output lines and its name in messages; empty: `host`.
    pub label: String,
    pub identities: Vec<Identity>,
    /// The public host key lines (`ssh-ed25519 AAAA…`) that are accepted. Empty: `known_hosts`
    /// files, else trust on first use, which calls [`Trust::pin`].
    pub host_keys: Vec<String>,
    /// `user@host:port`, innermost last, before the one in `~/.ssh/config` is looked at. Jump hosts
    /// are always [`personal`](Target::personal), and get no key of the target's that is in memory.
    pub jump: Vec<String>,
    pub proxy_command: Option<String>,
    /// False for machines made by imgctl: `~/.ssh/config`, the agent and `known_hosts` play no part.
    pub personal: bool,
    /// For TCP, the handshake and the login together.
    pub connect_timeout: Option<Duration>,
    /// Give up on a command that has printed nothing for this long.
    pub idle_timeout: Option<Duration>,
}

/// A private key to log in with.
#[derive(Debug, Clone)]
pub enum Identity {
    File(PathBuf),
    /// OpenSSH PEM, unencrypted, held in memory.
    Memory(String),
}

/// Keeps the keys of hosts first met.
pub trait Trust: Send + Sync {
    /// The key accepted for `host:port` earlier, as an OpenSSH line.
    fn pinned(&self, address: &str) -> Option<String>;
    /// Remembers a key accepted on first use.
    fn pin(&self, address: &str, key: &str) -> Result<()>;
    /// Asks the person for the passphrase of an encrypted key; none if nobody can be asked.
    fn passphrase(&self, key: &str) -> Option<String>;
}

/// A shell command and how to run it.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// For the login shell on the other side; words are quoted already.
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
    /// Show this instead of the command wherever it is shown: it contains a secret.
    pub secret: bool,
    /// Bytes kept of each stream for the result (the rest is shown only). None: 16 MiB.
    pub keep: Option<usize>,
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

/// How a file shall arrive.
#[derive(Debug, Clone, Default)]
pub struct PutOptions {
    /// Octal permission bits; none: those of the local file. Contents from memory keep those of the
    /// file that is there; a new one gets 0644.
    pub mode: Option<u32>,
    /// `user` or `user:group`; none: a file that is there keeps its owner.
    pub owner: Option<String>,
    /// Write as root.
    pub sudo: bool,
}

/// A machine that runs commands. Every call may be made from any thread; calls on one host may run
/// side by side. A broken session is made anew for the next call (never for the one it broke under,
/// unless that call had not begun).
pub trait Remote: Send + Sync {
    /// The name for messages.
    fn label(&self) -> &str;

    /// `address:port`, which is also the key of its pinned host key.
    fn address(&self) -> String;

    /// Runs a command. A non-zero status is not an error here.
    fn exec(&self, command: &Command, watch: &Watch) -> Result<Output>;

    /// Copies a local file, or a folder with all in it, to `remote`; a file is complete or absent
    /// (written beside it, synced, renamed). A bar shows the bytes.
    ///
    /// A file whose `remote` ends with `/` keeps its name in that folder. What is in a folder joins
    /// what is in `remote`, if that exists; `mode` is then for its files, and folders can be entered
    /// by whoever may read. Symbolic links inside are copied as links.
    fn put(
        &self,
        local: &std::path::Path,
        remote: &str,
        options: &PutOptions,
        watch: &Watch,
    ) -> Result<()>;

    /// Writes bytes to a remote file, likewise complete or absent.
    fn write(
        &self,
        contents: &[u8],
        remote: &str,
        options: &PutOptions,
        watch: &Watch,
    ) -> Result<()>;

    /// Copies a remote file or folder here, complete or not at all, with the same rules as
    /// [`put`](Remote::put). Permissions are kept, owners, times and set-user-id bits are not.
    fn get(&self, remote: &str, local: &std::path::Path, sudo: bool, watch: &Watch) -> Result<()>;

    /// The contents of a remote file; `Code::NotFound` when there is none.
    fn read(&self, remote: &str, sudo: bool, watch: &Watch) -> Result<Vec<u8>>;

    /// One try to connect, log in and run `true`; says why it failed.
    fn probe(&self, watch: &Watch) -> Result<()>;

    /// Drops the sessions, as before a reboot.
    fn disconnect(&self);

    /// Hands the terminal to the system's `ssh` (with the pinned host key and the same identity);
    /// returns its exit status.
    fn shell(&self, command: Option<&str>, watch: &Watch) -> Result<i32>;
}

/// Makes remotes; the pool behind it keeps sessions for as long as it lives.
pub trait Connect: Send + Sync {
    /// Does not connect yet: a bad address shows at the first command.
    fn remote(&self, target: Target) -> Result<Arc<dyn Remote>>;
}

/// The error for a command that ended with a status that was not allowed.
pub fn command_failed(host: &str, shown: &str, output: &Output) -> Error {
    let how = match &output.signal {
        Some(signal) => format!("was ended by signal {signal}"),
        None => format!("exited with status {}", output.status),
    };
    let error = Error::new(Code::CommandFailed, format!("[{host}] `{shown}` {how}"));
    let tail = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(tail);
    let last: Vec<&str> =
        text.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect();
    last.into_iter().rev().fold(error, |error, line| error.cause(line.trim_end()))
}
