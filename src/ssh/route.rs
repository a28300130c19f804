//! The way to a target: jump hosts, proxy command and login, with `~/.ssh/config` applied.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::config::{self, Alias};
use super::environment::UserEnvironment;
use super::hop::{Hop, Via};
use super::proxy;
use super::target::{Identity, Target};
use crate::report::Report;
use crate::{Error, Result};

/// Time for TCP, the handshake and the login together, unless the target or the configuration says
/// otherwise.
const CONNECT: Duration = Duration::from_secs(30);
/// More jumps than this are a loop in `~/.ssh/config`.
const DEEPEST: usize = 8;

/// Works out the way to `target`.
pub(super) fn resolve(
    target: &Target,
    environment: &UserEnvironment,
    report: &dyn Report,
) -> Result<Hop> {
    hop(target, environment, report, 0)
}

fn hop(
    target: &Target,
    environment: &UserEnvironment,
    report: &dyn Report,
    depth: usize,
) -> Result<Hop> {
    check(target, depth)?;
    let home = environment.home.as_deref().filter(|_| target.personal);
    let mut alias = match home {
        Some(home) => config::look_up(home, &target.host, report)?,
        None => Alias::default(),
    };
    let host = match &alias.host_name {
        Some(name) => name.replace("%h", &target.host),
        None => target.host.clone(),
    };
    let port = target.port.or(alias.port).unwrap_or(22);
    let user = target.user.clone().or(alias.user.take()).or_else(|| environment.user.clone());
    let user = user.ok_or_else(|| {
        Error::usage(format!("no user is given for {}", target.host))
            .hint("write user@host, or set USER")
    })?;
    let via = match way(target, &mut alias) {
        Way::Direct => None,
        Way::Command(command) => {
            Some(Via::Command(proxy::fill_in(&command, &target.host, &host, port, &user)))
        }
        Way::Jump(before, last) => {
            let next = Target { jump: before, ..jump_target(&last, target)? };
            Some(Via::Jump(Box::new(hop(&next, environment, report, depth + 1)?)))
        }
    };
    Ok(Hop {
        label: if target.label.is_empty() { target.host.clone() } else { target.label.clone() },
        alias: target.host.clone(),
        host,
        port,
        user,
        host_keys: target.host_keys.clone(),
        identities: identities(target, &mut alias),
        usual_keys: home.map(usual_keys).unwrap_or_default(),
        agent: agent(&alias, environment).filter(|_| target.personal),
        identities_only: alias.identities_only,
        known_hosts: known_hosts(target, &mut alias, environment),
        key_alias: alias.host_key_alias,
        via,
        connect_timeout: target.connect_timeout.or(alias.connect_timeout).unwrap_or(CONNECT),
        personal: target.personal,
    })
}

fn check(target: &Target, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::config(format!("the jump hosts to {} form a loop", target.host))
            .hint("check ProxyJump in ~/.ssh/config"));
    }
    if target.host.is_empty() || target.host.starts_with('-') || target.host.contains(['\0', ' ']) {
        return Err(Error::usage(format!("`{}` is not a valid host", target.host))
            .hint("write a name, an address, or user@host:port"));
    }
    Ok(())
}

enum Way {
    Direct,
    Command(String),
    /// The jump hosts before the last one, and the last one.
    Jump(Vec<String>, String),
}

/// A jump or command of the target wins over those of `~/.ssh/config`.
fn way(target: &Target, alias: &mut Alias) -> Way {
    let given = !target.jump.is_empty() || target.proxy_command.is_some();
    let (mut jump, command) = if given {
        (target.jump.clone(), target.proxy_command.clone())
    } else {
        (std::mem::take(&mut alias.jump), alias.proxy_command.take())
    };
    match (jump.pop(), command) {
        (Some(last), _) => Way::Jump(jump, last),
        (None, Some(command)) => Way::Command(command),
        (None, None) => Way::Direct,
    }
}

fn identities(target: &Target, alias: &mut Alias) -> Vec<Identity> {
    if !target.identities.is_empty() {
        return target.identities.clone();
    }
    std::mem::take(&mut alias.identities).into_iter().map(Identity::File).collect()
}

fn usual_keys(home: &Path) -> Vec<PathBuf> {
    ["id_ed25519", "id_ecdsa", "id_rsa"].map(|name| home.join(".ssh").join(name)).into()
}

fn agent(alias: &Alias, environment: &UserEnvironment) -> Option<PathBuf> {
    match alias.agent.as_deref() {
        Some("none") => None,
        Some("SSH_AUTH_SOCK") | None => environment.agent.clone(),
        Some(path) => Some(path.into()),
    }
}

fn known_hosts(target: &Target, alias: &mut Alias, environment: &UserEnvironment) -> Vec<PathBuf> {
    if !target.personal {
        return Vec::new();
    }
    let usual = environment.home.as_ref().map(|home| vec![home.join(".ssh/known_hosts")]);
    let mut files = alias.known_hosts.take().or(usual).unwrap_or_default();
    files.extend(environment.known_hosts.iter().cloned());
    files
}

/// The target for the jump host `user@host:port`: a personal machine, whatever the target is. The
/// target's keys in memory are not offered to it.
fn jump_target(text: &str, target: &Target) -> Result<Target> {
    let wrong = || {
        Error::usage(format!("`{text}` is not a valid jump host"))
            .hint("write it as user@host:port")
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
    let files =
        target.identities.iter().filter(|identity| matches!(identity, Identity::File(_))).cloned();
    Ok(Target {
        host: host.to_string(),
        port,
        user,
        identities: files.collect(),
        personal: true,
        connect_timeout: target.connect_timeout,
        ..Target::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;

    fn environment() -> UserEnvironment {
        UserEnvironment { user: Some("me".into()), ..UserEnvironment::default() }
    }

    #[test]
    fn jumps_are_nested_with_the_last_one_next_to_the_target() {
        let target = Target {
            host: "inner".into(),
            jump: vec!["first".into(), "ci@[::1]:2201".into()],
            identities: vec![Identity::Memory("temporary".into())],
            ..Target::default()
        };
        let hop = resolve(&target, &environment(), &Silent).unwrap();
        let Some(Via::Jump(last)) = &hop.via else { panic!("no jump") };
        assert!(!hop.personal && last.personal && last.identities.is_empty());
        assert_eq!((last.host.as_str(), last.port, last.user.as_str()), ("::1", 2201, "ci"));
        assert_eq!(last.address(), "[::1]:2201");
        let Some(Via::Jump(first)) = &last.via else { panic!("no second jump") };
        assert_eq!((first.host.as_str(), first.port, first.user.as_str()), ("first", 22, "me"));
        assert!(first.via.is_none());
    }

    #[test]
    fn a_host_that_would_be_an_option_is_refused() {
        let target = Target { host: "-oProxyCommand=x".into(), ..Target::default() };
        assert!(resolve(&target, &environment(), &Silent).is_err());
    }
}
