//! How to get to a target: everything a connection needs, with `~/.ssh/config` applied.

use std::path::PathBuf;
use std::time::Duration;

use super::config::{self, Alias};
use super::pool::Surroundings;
use super::{Identity, Target};
use crate::report::Report;
use crate::{Error, Result};

/// Time for TCP, the handshake and the login together, when nothing else is said.
const CONNECT: Duration = Duration::from_secs(30);
/// More jumps than this are a loop in `~/.ssh/config`.
const DEEPEST: usize = 8;

/// One machine on the way, the last one being the target.
#[derive(Debug, Clone)]
pub(super) struct Hop {
    /// Its name in messages.
    pub(super) label: String,
    /// What it was asked for by: the name in `~/.ssh/config`.
    pub(super) alias: String,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) host_keys: Vec<String>,
    pub(super) identities: Vec<Identity>,
    /// Tried when no identity is named; those that do not exist are passed over.
    pub(super) usual_keys: Vec<PathBuf>,
    pub(super) agent: Option<PathBuf>,
    pub(super) identities_only: bool,
    pub(super) known_hosts: Vec<PathBuf>,
    /// The name under which its key is kept, if not its address.
    pub(super) key_alias: Option<String>,
    pub(super) via: Option<Via>,
    pub(super) connect_timeout: Duration,
    /// The user's own configuration plays a part.
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

/// Works out the way to `target`.
pub(super) fn resolve(
    target: &Target,
    surroundings: &Surroundings,
    report: &dyn Report,
) -> Result<Hop> {
    hop(target, surroundings, report, 0)
}

fn hop(target: &Target, around: &Surroundings, report: &dyn Report, depth: usize) -> Result<Hop> {
    if depth > DEEPEST {
        return Err(Error::config(format!("the jumps to {} lead in a circle", target.host))
            .hint("look at ProxyJump in ~/.ssh/config"));
    }
    if target.host.is_empty() || target.host.starts_with('-') || target.host.contains(['\0', ' ']) {
        return Err(Error::usage(format!("`{}` cannot be a host", target.host))
            .hint("a host is a name, an address, or user@host:port"));
    }
    let home = around.home.as_deref().filter(|_| target.personal);
    let alias = match home {
        Some(home) => config::look_up(home, &target.host, report)?,
        None => Alias::default(),
    };
    let host = match &alias.host_name {
        Some(name) => name.replace("%h", &target.host),
        None => target.host.clone(),
    };
    let port = target.port.or(alias.port).unwrap_or(22);
    let user =
        target.user.clone().or(alias.user).or_else(|| around.user.clone()).ok_or_else(|| {
            Error::usage(format!("no user is named for {}", target.host))
                .hint("write user@host, or set USER")
        })?;
    let mut identities = target.identities.clone();
    if identities.is_empty() {
        identities.extend(alias.identities.into_iter().map(Identity::File));
    }
    let usual_keys = home
        .map(|home| ["id_ed25519", "id_ecdsa", "id_rsa"].map(|name| home.join(".ssh").join(name)))
        .map(Vec::from)
        .unwrap_or_default();
    let agent = match alias.agent.as_deref() {
        Some("none") => None,
        Some("SSH_AUTH_SOCK") | None => around.agent.clone(),
        Some(path) => Some(path.into()),
    };
    let mut known_hosts = alias
        .known_hosts
        .or_else(|| home.map(|home| vec![home.join(".ssh/known_hosts")]))
        .unwrap_or_default();
    known_hosts.extend(around.known_hosts.iter().cloned());
    if !target.personal {
        known_hosts.clear();
    }

    let given = !target.jump.is_empty() || target.proxy_command.is_some();
    let (jump, command) = if given {
        (target.jump.clone(), target.proxy_command.clone())
    } else {
        (alias.jump, alias.proxy_command)
    };
    let via = match (jump.split_last(), command) {
        (Some((last, before)), _) => {
            let next = Target { jump: before.to_vec(), ..jump_target(last, target)? };
            Some(Via::Jump(Box::new(hop(&next, around, report, depth + 1)?)))
        }
        (None, Some(command)) => {
            Some(Via::Command(fill_in(&command, &target.host, &host, port, &user)))
        }
        (None, None) => None,
    };
    Ok(Hop {
        label: if target.label.is_empty() { target.host.clone() } else { target.label.clone() },
        alias: target.host.clone(),
        host,
        port,
        user,
        host_keys: target.host_keys.clone(),
        identities,
        usual_keys,
        agent: agent.filter(|_| target.personal),
        identities_only: alias.identities_only,
        known_hosts,
        key_alias: alias.host_key_alias,
        via,
        connect_timeout: target.connect_timeout.or(alias.connect_timeout).unwrap_or(CONNECT),
        personal: target.personal,
    })
}

/// The target behind `user@host:port`: a machine of the user's own, whatever is behind it. A key in
/// memory is the target's alone.
fn jump_target(text: &str, target: &Target) -> Result<Target> {
    let wrong = || {
        Error::usage(format!("`{text}` cannot be a jump host")).hint("write it as user@host:port")
    };
    let bare = text.strip_prefix("ssh://").unwrap_or(text);
    let (user, place) = match bare.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_string()), place),
        None => (None, bare),
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
            (host, rest.strip_prefix(':'))
        }
        None => match place.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (place, None),
        },
    };
    let port = port.map(str::parse).transpose().map_err(|_| wrong())?;
    Ok(Target {
        host: host.to_string(),
        port,
        user,
        identities: target
            .identities
            .iter()
            .filter(|identity| matches!(identity, Identity::File(_)))
            .cloned()
            .collect(),
        personal: true,
        connect_timeout: target.connect_timeout,
        ..Target::default()
    })
}

/// Replaces `%h`, `%p`, `%r`, `%n` and `%%`.
fn fill_in(command: &str, alias: &str, host: &str, port: u16, user: &str) -> String {
    let mut filled = String::new();
    let mut rest = command.chars();
    while let Some(c) = rest.next() {
        match (c, if c == '%' { rest.next() } else { None }) {
            ('%', Some('h')) => filled.push_str(host),
            ('%', Some('n')) => filled.push_str(alias),
            ('%', Some('p')) => filled.push_str(&port.to_string()),
            ('%', Some('r')) => filled.push_str(user),
            ('%', Some('%')) => filled.push('%'),
            (c, other) => {
                filled.push(c);
                filled.extend(other);
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;

    fn around() -> Surroundings {
        Surroundings { user: Some("me".into()), ..Surroundings::default() }
    }

    #[test]
    fn jumps_are_nested_with_the_last_one_next_to_the_target() {
        let target = Target {
            host: "inner".into(),
            jump: vec!["first".into(), "ci@[::1]:2201".into()],
            identities: vec![Identity::Memory("temporary".into())],
            ..Target::default()
        };
        let hop = resolve(&target, &around(), &Silent).unwrap();
        let Some(Via::Jump(last)) = &hop.via else { panic!("no jump") };
        assert!(!hop.personal && last.personal && last.identities.is_empty());
        assert_eq!((last.host.as_str(), last.port, last.user.as_str()), ("::1", 2201, "ci"));
        assert_eq!(last.address(), "[::1]:2201");
        let Some(Via::Jump(first)) = &last.via else { panic!("no second jump") };
        assert_eq!((first.host.as_str(), first.port, first.user.as_str()), ("first", 22, "me"));
        assert!(first.via.is_none());
    }

    #[test]
    fn a_proxy_command_gets_its_tokens() {
        assert_eq!(fill_in("nc %h %p %r %% %x", "a", "h", 1, "u"), "nc h 1 u % %x");
    }

    #[test]
    fn a_host_that_would_be_an_option_is_refused() {
        let target = Target { host: "-oProxyCommand=x".into(), ..Target::default() };
        assert!(resolve(&target, &around(), &Silent).is_err());
    }
}
