//! Hands the terminal to the system's `ssh`, with the route, keys and host keys that were verified
//! here.

use std::io::IsTerminal;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;

use super::handed::Handed;
use super::hop::{Hop, Via};
use super::host::Host;
use super::target::Identity;
use crate::report::Watch;
use crate::{Code, Error, Result};

pub(super) fn shell(host: &Host, command: Option<&str>, watch: &Watch) -> Result<i32> {
    // Verifies the host key first, by the same rules as every other command.
    host.probe(watch)?;
    let mut handed = Handed::new()?;
    let config = configure(host, &mut handed)?;
    let mut program = Command::new("ssh");
    program.arg("-F").arg(config);
    if command.is_some() && std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        program.arg("-t");
    }
    program.arg(name(&host.hop, 0));
    if let Some(command) = command {
        program.arg("--").arg(command);
    }
    let child = program.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::new(Code::NotFound, "the program `ssh` is not installed")
                .hint("install the OpenSSH client (package openssh-client or openssh-clients)")
        }
        _ => Error::failed("cannot start ssh").cause(error),
    })?;
    wait(child, watch)
}

/// Waits for the program; an interrupt terminates it.
fn wait(mut child: std::process::Child, watch: &Watch) -> Result<i32> {
    let id = child.id();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait()));
    loop {
        match receiver.recv_timeout(Duration::from_millis(100)) {
            Ok(Ok(status)) => return Ok(exit_status(status)),
            Ok(Err(error)) => return Err(Error::failed("cannot wait for ssh").cause(error)),
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(Error::interrupted()),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        if watch.cancel.is_cancelled()
            && let Some(id) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw)
        {
            // The process may have ended by now.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
    }
}

fn exit_status(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

/// Writes the configuration, the known host keys, and the keys that are only in memory.
fn configure(host: &Host, handed: &mut Handed) -> Result<PathBuf> {
    let mut hops = vec![&*host.hop];
    while let Some(Via::Jump(next)) = hops.last().and_then(|hop| hop.via.as_ref()) {
        hops.push(next);
    }
    let key = |depth: usize, hop: &Hop| match depth {
        0 => host.sessions.host_key(),
        _ => (hop.host_keys.first().cloned())
            .or_else(|| host.sessions.authentication.trust.pinned(&hop.address())),
    };
    // Without a pinned key (a jump host in the user's known_hosts) ssh uses its own files.
    let known = |(depth, hop): (usize, &&Hop)| {
        key(depth, hop).map(|key| format!("{} {key}\n", name(hop, depth)))
    };
    let known: Vec<Option<String>> = hops.iter().enumerate().map(known).collect();
    let known_hosts =
        handed.add("known_hosts", &known.iter().flatten().cloned().collect::<String>())?;
    let mut config = String::new();
    for (depth, hop) in hops.into_iter().enumerate() {
        let known_hosts = known[depth].is_some().then_some(&*known_hosts);
        block(hop, depth, known_hosts, handed, &mut config)?;
    }
    if host.hop.personal {
        // The user's other options: colours, escape characters, forwarding.
        config.push_str("Match all\nInclude ~/.ssh/config\n");
    }
    handed.add("config", &config)
}

/// The name of a machine in the configuration written here.
fn name(hop: &Hop, depth: usize) -> String {
    match depth {
        // The alias, so that the user's own options for it match as well.
        0 if hop.personal => hop.alias.clone(),
        0 => "target".to_string(),
        _ => format!("jump{depth}"),
    }
}

fn block(
    hop: &Hop,
    depth: usize,
    known_hosts: Option<&Path>,
    handed: &mut Handed,
    config: &mut String,
) -> Result<()> {
    let Hop { host, port, user, .. } = hop;
    let name = name(hop, depth);
    let mut say = |line: String| {
        config.push_str(&line);
        config.push('\n');
    };
    say(format!("Host {name}\nHostName {}\nPort {port}\nUser {}", word(host), word(user)));
    if let Some(file) = known_hosts {
        say(format!("HostKeyAlias {name}\nUserKnownHostsFile {}", path(file)));
        say("GlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes\nCheckHostIP no".into());
    }
    let configured = hop.usual_keys.iter().filter(|_| hop.configured);
    let configured = configured.cloned().map(Identity::File);
    for (index, identity) in hop.identities.iter().cloned().chain(configured).enumerate() {
        let file = match identity {
            Identity::File(file) => file,
            Identity::Memory(pem) => handed.add(&format!("key{depth}-{index}"), &pem)?,
        };
        say(format!("IdentityFile {}", path(&file)));
    }
    if !hop.personal || hop.identities_only {
        say("IdentitiesOnly yes".into());
    }
    match &hop.agent {
        Some(agent) => say(format!("IdentityAgent {}", path(agent))),
        None => say("IdentityAgent none".into()),
    }
    match &hop.via {
        Some(Via::Jump(next)) => say(format!("ProxyJump {}", self::name(next, depth + 1))),
        Some(Via::Command(command)) => {
            say(format!("ProxyCommand {}", command.replace('%', "%%")));
        }
        None => say("ProxyJump none".into()),
    }
    Ok(())
}

/// A path, quoted for ssh's configuration.
fn path(path: &Path) -> String {
    word(&path.display().to_string().replace('%', "%%"))
}

fn word(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
