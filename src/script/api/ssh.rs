//! Machines that are not instances of this run.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::Host;
use super::options;
use crate::Error;
use crate::run::access::target::Reached;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ssh::{Identity, Target, keys};

/// The option map of `ssh::connect`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ConnectOptions {
    port: Option<u16>,
    user: Option<String>,
    key: Option<String>,
    host_key: Option<String>,
    jump: Option<Vec<String>>,
    label: Option<String>,
    #[serde(deserialize_with = "options::duration")]
    connect_timeout: Option<Duration>,
    #[serde(deserialize_with = "options::duration")]
    idle_timeout: Option<Duration>,
}

/// `user@host:port`; an IPv6 address with a port is in brackets.
fn parse_address(address: &str) -> crate::Result<(Option<String>, String, Option<u16>)> {
    let (user, rest) = match address.rsplit_once('@') {
        Some((user, rest)) => (Some(user.to_string()), rest),
        None => (None, address),
    };
    let wrong = || {
        Error::usage(format!("`{address}` is not an address"))
            .hint("write user@host or user@host:port")
    };
    let (host, port) = if let Some(inner) = rest.strip_prefix('[') {
        let (host, after) = inner.split_once(']').ok_or_else(wrong)?;
        (host, after.strip_prefix(':'))
    } else {
        match rest.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (rest, None),
        }
    };
    if host.is_empty() {
        return Err(wrong());
    }
    let port = port.map(|port| port.parse::<NonZeroU16>().map_err(|_| wrong())).transpose()?;
    let port = port.map(NonZeroU16::get);
    Ok((user, host.to_string(), port))
}

/// A machine that is not an instance of the run. Nothing is connected yet.
pub fn open(script: &Script, target: Target) -> Fallible<Host> {
    let user = target.user.clone().unwrap_or_default();
    let remote = script.run.remote(target).or_throw()?;
    let scope = remote.address();
    Ok(Host::new(Reached::new(remote, None, scope, user)))
}

#[export_module]
pub mod functions {
    /// The fingerprint of a public key, one OpenSSH line, as `ssh-keygen -l` shows it.
    ///
    /// ```rhai
    /// print(ssh::fingerprint(host.read("/etc/ssh/ssh_host_ed25519_key.pub")));
    /// ```
    #[rhai_fn(name = "fingerprint", return_raw)]
    pub fn fingerprint(call: NativeCallContext, line: &str) -> Fallible<String> {
        crate::script::errors::call_begins(&call);
        keys::fingerprint(line).or_throw()
    }

    /// A machine by its address, `user@host:port`, or an alias of `~/.ssh/config`. The first command
    /// connects. Agent, key files and `known_hosts` are used as by `ssh`; an unknown host key is pinned
    /// in the state file.
    ///
    /// ```rhai
    /// print(ssh::connect("admin@192.0.2.7").query("uptime"));
    /// ```
    #[rhai_fn(name = "connect", return_raw)]
    pub fn connect(call: NativeCallContext, address: &str) -> Fallible<Host> {
        connect_with(call, address, Map::new())
    }

    /// As `connect(address)`, with `port`, `user`, `key` (a file), `host_key` (the expected key, as a
    /// line of `known_hosts` without the name), `jump` (hosts to go through), `label` (the name before
    /// its output), `connect_timeout` and `idle_timeout`.
    ///
    /// ```rhai
    /// let agent = ssh::connect("10.0.0.7", #{ user: "ci", key: "keys/agent", jump: ["bastion"] });
    /// ```
    #[rhai_fn(name = "connect", return_raw)]
    pub fn connect_with(call: NativeCallContext, address: &str, options: Map) -> Fallible<Host> {
        crate::script::errors::call_begins(&call);
        let given: ConnectOptions = super::options::read("ssh::connect", options)?;
        options::at_least_one("ssh::connect", "port", given.port.map_or(1, usize::from))?;
        let script = Script::of(&call)?;
        let (user, host, port) = parse_address(address).map_err(throw)?;
        let file =
            |path: String| Identity::File(script.run.options.project.join(PathBuf::from(path)));
        let user = given.user.or(user);
        let target = Target {
            host: host.clone(),
            port: given.port.or(port),
            user,
            label: given.label.unwrap_or(host),
            identities: given.key.map(file).into_iter().collect(),
            host_keys: given.host_key.into_iter().collect(),
            jump: given.jump.unwrap_or_default(),
            proxy_command: None,
            personal: true,
            connect_timeout: given.connect_timeout,
            idle_timeout: given.idle_timeout,
        };
        open(&script, target)
    }
}
