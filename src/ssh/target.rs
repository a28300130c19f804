//! Which machine to connect to, and how to recognize it.

use std::path::PathBuf;
use std::time::Duration;

/// Where to connect, as which user, and how to know that it is the right machine.
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
    /// files, else trust on first use, which calls [`Trust::pin`](super::Trust::pin).
    pub host_keys: Vec<String>,
    /// `user@host:port`, innermost last. Empty: as `~/.ssh/config` says. Jump hosts are always
    /// [`personal`](Target::personal), and are not offered the target's keys in memory.
    pub jump: Vec<String>,
    pub proxy_command: Option<String>,
    /// Whether `~/.ssh/config`, the agent and `known_hosts` are used. False for machines made by
    /// imgctl.
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
