//! `hosts:`: machines that are no instances of a run, by name.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::one_or_more::OneOrMore;

pub const KEY: &str = "hosts";

/// A machine of the inventory. What is `None` is what `ssh` would use.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Host {
    /// None: its name, which may be an alias of `~/.ssh/config`.
    #[serde(deserialize_with = "super::values::host")]
    pub address: Option<String>,
    #[serde(deserialize_with = "super::values::user")]
    pub user: Option<String>,
    #[serde(deserialize_with = "super::sizes::port")]
    #[schemars(with = "Option<super::forms::Port>")]
    pub port: Option<u16>,
    /// A private key. As `Config::host` returns it, `~/` and paths relative to the project folder are resolved.
    pub key: Option<PathBuf>,
    /// The expected host key, as a line of `known_hosts` without the name.
    #[serde(deserialize_with = "super::values::host_key")]
    pub host_key: Option<String>,
    /// Hosts to go through, `user@host:port`, the innermost last.
    #[serde(deserialize_with = "super::values::jumps")]
    pub jump: Vec<String>,
    pub groups: OneOrMore,
    /// For one connection: TCP, handshake and login together.
    #[serde(deserialize_with = "super::duration::optional")]
    #[schemars(with = "Option<super::forms::Time>")]
    pub connect_timeout: Option<Duration>,
    /// Give up on a command that has printed nothing for this long.
    #[serde(deserialize_with = "super::duration::optional")]
    #[schemars(with = "Option<super::forms::Time>")]
    pub idle_timeout: Option<Duration>,
}
