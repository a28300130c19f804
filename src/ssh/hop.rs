//! One machine on the way to a target, with everything that a connection to it needs.

use std::path::PathBuf;
use std::time::Duration;

use super::alias::Strictness;
use super::allowed::{Allowed, Family};
use super::pulse::KeepAlive;
use super::target::Identity;

/// One machine on the way, the last one being the target.
#[derive(Debug, Clone)]
pub(super) struct Hop {
    /// Its name in messages.
    pub(super) label: String,
    /// The name it was requested by, which `~/.ssh/config` may know.
    pub(super) alias: String,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) host_keys: Vec<String>,
    pub(super) identities: Vec<Identity>,
    /// Tried when no identity is named; files that cannot be used are passed over.
    pub(super) usual_keys: Vec<PathBuf>,
    /// The usual keys are those that the user's configuration names.
    pub(super) configured: bool,
    /// Of the user's keys, besides `KEY-cert.pub`.
    pub(super) certificates: Vec<PathBuf>,
    pub(super) agent: Option<PathBuf>,
    pub(super) identities_only: bool,
    pub(super) known_hosts: Vec<PathBuf>,
    pub(super) strictness: Strictness,
    /// Options of ~/.ssh/config that bear on safety and that imgctl does not have.
    pub(super) unused: Vec<&'static str>,
    /// Files of keys that it must not have.
    pub(super) revoked: Vec<PathBuf>,
    /// A program that prints lines of `known_hosts`, in words. The tokens that depend on the key are
    /// left.
    pub(super) known_hosts_command: Vec<String>,
    /// The name under which its key is kept, if not its address.
    pub(super) key_alias: Option<String>,
    pub(super) methods: Allowed,
    /// The address, or its name, that it is reached from.
    pub(super) bind: Option<String>,
    pub(super) family: Family,
    pub(super) via: Option<Via>,
    pub(super) connect_timeout: Duration,
    pub(super) keep_alive: KeepAlive,
    /// Whether the user's own configuration is used.
    pub(super) personal: bool,
}

/// What a connection goes through.
#[derive(Debug, Clone)]
pub(super) enum Via {
    Jump(Box<Hop>),
    Command(String),
}

impl Hop {
    /// `host:port`, the key of its pinned host key.
    pub(super) fn address(&self) -> String {
        let host = self.key_alias.as_deref().unwrap_or(&self.host);
        if host.contains(':') {
            format!("[{host}]:{}", self.port)
        } else {
            format!("{host}:{}", self.port)
        }
    }
}
