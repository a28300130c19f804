//! The way to a target: jump hosts, proxy command and login, with `~/.ssh/config` applied.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::alias::{Alias, Asked};
use super::config;
use super::environment::UserEnvironment;
use super::hop::{Hop, Via};
use super::pulse::KeepAlive;
use super::target::{Identity, Target};
use super::tokens::Tokens;
use crate::report::Report;
use crate::{Error, Result, read};

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
    // The library for SSH, and OpenSSH's own programs, would wait for a pipe before they do anything.
    read::of_variable(read::OPENSSL)?;
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
    let asked = Asked {
        host: &target.host,
        user: target.user.as_deref(),
        port: target.port,
        has_way: !target.jump.is_empty() || target.proxy_command.is_some(),
        cancelled: &|| environment.cancel.is_cancelled(),
    };
    let mut alias = match home {
        Some(home) => config::look_up(home, &asked, report)?,
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
    check_host(&host)?;
    check_user(&user)?;
    let tokens = Tokens {
        home: home.unwrap_or(Path::new("/")),
        alias: &target.host,
        host: &host,
        port,
        user: &user,
        own_user: environment.user.as_deref().unwrap_or_default(),
        key_alias: alias.host_key_alias.as_deref(),
    };
    let paths = |texts: &[String]| texts.iter().map(|text| tokens.path(text)).collect::<Vec<_>>();
    let configured = paths(&alias.identities);
    let certificates = paths(&alias.certificates);
    let known_hosts = known_hosts(target, &alias, environment, &tokens);
    let revoked = paths(&alias.revoked);
    let known_hosts_command = match &alias.known_hosts_command {
        Some(command) => tokens.words(command)?,
        None => Vec::new(),
    };
    let agent = agent(&alias, environment, &tokens).filter(|_| target.personal);
    let via = match way(target, alias.jump, alias.proxy_command) {
        Way::Direct => None,
        Way::Command(command) => Some(Via::Command(tokens.command(&command)?)),
        Way::Jump(before, last) => {
            let next = Target { jump: before, ..jump_target(&last, target)? };
            Some(Via::Jump(Box::new(hop(&next, environment, report, depth + 1)?)))
        }
    };
    check_way(&alias.bind_interface, alias.hands_over, via.as_ref(), &target.host)?;
    if let Some(option) = alias.without_keys {
        let message = format!("{option} of {} in ~/.ssh/config is not supported", target.host);
        return Err(Error::config(message)
            .hint("allow it for this host: imgctl logs in by keys, and by nothing else"));
    }
    Ok(Hop {
        label: if target.label.is_empty() { target.host.clone() } else { target.label.clone() },
        alias: target.host.clone(),
        host_keys: target.host_keys.clone(),
        identities: target.identities.clone(),
        configured: !configured.is_empty(),
        usual_keys: match home {
            Some(home) if configured.is_empty() => usual_keys(home),
            _ => configured,
        },
        certificates,
        agent,
        identities_only: alias.identities_only,
        known_hosts,
        strictness: alias.strictness,
        unused: alias.unused,
        revoked,
        known_hosts_command,
        key_alias: alias.host_key_alias.clone(),
        methods: alias.methods,
        bind: alias.bind_address,
        family: alias.family.unwrap_or_default(),
        via,
        connect_timeout: target.connect_timeout.or(alias.connect_timeout).unwrap_or(CONNECT),
        keep_alive: KeepAlive::of(alias.alive_interval, alias.alive_most),
        personal: target.personal,
        host,
        port,
        user,
    })
}

fn check(target: &Target, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::config(format!("the jump hosts to {} form a loop", target.host))
            .hint("check ProxyJump in ~/.ssh/config"));
    }
    check_host(&target.host)?;
    target.user.as_deref().map_or(Ok(()), check_user)
}

/// Names reach shells by proxy commands: what OpenSSH refuses in them is refused here.
fn check_host(host: &str) -> Result<()> {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || "'`\"$\\;&<>|(){}".contains(c);
    if host.is_empty() || host.starts_with('-') || host.contains(wrong) {
        return Err(Error::usage(format!("`{}` is not a valid host", host.escape_debug()))
            .hint("write a name, an address, or user@host:port"));
    }
    Ok(())
}

fn check_user(user: &str) -> Result<()> {
    let wrong = |c: char| c.is_control() || "'`\"$;&<>|(){}".contains(c);
    let dash = user.starts_with('-') || user.contains(" -");
    if user.is_empty() || dash || user.ends_with('\\') || user.contains(wrong) {
        return Err(Error::usage(format!("`{}` is not a valid user", user.escape_debug()))
            .hint("write the name of a user of that machine"));
    }
    Ok(())
}

/// What the configuration asks for and only OpenSSH can do: passed over, it would be another way.
fn check_way(
    interface: &Option<String>,
    hands_over: bool,
    via: Option<&Via>,
    host: &str,
) -> Result<()> {
    let cannot = |option: &str, hint: &str| {
        let message = format!("{option} of {host} in ~/.ssh/config is not supported");
        Err(Error::config(message).hint(hint))
    };
    match (via, interface) {
        (None, Some(interface)) => cannot(
            &format!("BindInterface {interface}"),
            "write BindAddress with an address of that interface",
        ),
        (Some(Via::Command(_)), _) if hands_over => cannot(
            "ProxyUseFdpass",
            "write ProxyUseFdpass no, with a command that passes the bytes on itself",
        ),
        _ => Ok(()),
    }
}

enum Way {
    Direct,
    Command(String),
    /// The jump hosts before the last one, and the last one.
    Jump(Vec<String>, String),
}

/// A jump or command of the target wins over those of `~/.ssh/config`.
fn way(target: &Target, jump: Vec<String>, command: Option<String>) -> Way {
    let given = !target.jump.is_empty() || target.proxy_command.is_some();
    let (mut jump, command) = match given {
        true => (target.jump.clone(), target.proxy_command.clone()),
        false => (jump, command),
    };
    match (jump.pop(), command) {
        (Some(last), _) => Way::Jump(jump, last),
        (None, Some(command)) => Way::Command(command),
        (None, None) => Way::Direct,
    }
}

fn usual_keys(home: &Path) -> Vec<PathBuf> {
    ["id_ed25519", "id_ecdsa", "id_rsa"].map(|name| home.join(".ssh").join(name)).into()
}

fn agent(alias: &Alias, environment: &UserEnvironment, tokens: &Tokens<'_>) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match alias.agent.as_deref() {
        Some("none") => None,
        Some("SSH_AUTH_SOCK") | None => environment.agent.clone(),
        Some(text) => match text.strip_prefix('$').filter(|name| !name.starts_with('{')) {
            Some(name) => set(name).map(PathBuf::from),
            None => Some(tokens.path(text)),
        },
    }
}

fn known_hosts(
    target: &Target,
    alias: &Alias,
    environment: &UserEnvironment,
    tokens: &Tokens<'_>,
) -> Vec<PathBuf> {
    if !target.personal {
        return Vec::new();
    }
    let usual = |home: &PathBuf| {
        ["known_hosts", "known_hosts2"].map(|name| home.join(".ssh").join(name)).to_vec()
    };
    let own = match &alias.known_hosts {
        Some(files) => files.iter().map(|file| tokens.path(file)).collect(),
        None => environment.home.as_ref().map(usual).unwrap_or_default(),
    };
    // OpenSSH names its own defaults, too.
    let is_usual = |file: &String| file.starts_with("/etc/ssh/ssh_known_hosts");
    let system = match &alias.system_known_hosts {
        Some(files) if !files.iter().all(is_usual) || files.is_empty() => {
            files.iter().map(|file| tokens.path(file)).collect()
        }
        _ => environment.known_hosts.clone(),
    };
    own.into_iter().chain(system).collect()
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
    fn a_name_that_would_be_an_option_or_a_command_is_refused() {
        for host in ["-oProxyCommand=x", "y$(touch x)", "a b", "a;b", "`a`", "a\nb", ""] {
            let target = Target { host: host.into(), ..Target::default() };
            assert!(resolve(&target, &environment(), &Silent).is_err(), "{host}");
        }
        for user in ["-l", "$(x)", "a;b", "a\n", "a\\", ""] {
            let user = Some(user.to_string());
            let target = Target { host: "box".into(), user, ..Target::default() };
            assert!(resolve(&target, &environment(), &Silent).is_err(), "{:?}", target.user);
        }
    }
}
