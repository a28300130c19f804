//! Hosts without machines behind them: every call is journaled, commands are answered by rules and
//! by a small model of a Linux host kept in the fake world.

mod answers;
mod programs;
mod remote;
mod shell;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Connect, Identity, Remote, Target};
use crate::fault::{Journal, Machine, SCHEME, World};
use crate::{Code, Error, Result};

use answers::Answers;
use remote::FakeRemote;

/// Makes remotes for hosts named `fake:<instance id>`.
pub struct FakeConnect {
    journal: Arc<Journal>,
    answers: Arc<Answers>,
    sessions: Arc<Sessions>,
}

/// Who is logged in where: `user@host` and the boot it happened in.
#[derive(Default)]
struct Sessions(Mutex<BTreeMap<String, u64>>);

impl FakeConnect {
    /// `answers` is a file of rules for remote commands, in YAML or JSON.
    pub fn new(journal: Arc<Journal>, answers: Option<&Path>) -> Result<FakeConnect> {
        let answers = answers.map(Answers::load).transpose()?.unwrap_or_default();
        Ok(FakeConnect { journal, answers: Arc::new(answers), sessions: Arc::default() })
    }
}

impl Connect for FakeConnect {
    fn remote(&self, target: Target) -> Result<Arc<dyn Remote>> {
        let id = target.host.strip_prefix(SCHEME).unwrap_or(&target.host).to_owned();
        let role = self
            .journal
            .look(|world| world.instances.get(&id).map(|machine| machine.role.clone()))?;
        let role = role.unwrap_or_else(|| id.clone());
        let label = if target.label.is_empty() { role.clone() } else { target.label.clone() };
        Ok(Arc::new(FakeRemote {
            journal: Arc::clone(&self.journal),
            answers: Arc::clone(&self.answers),
            sessions: Arc::clone(&self.sessions),
            target,
            id,
            role,
            label,
        }))
    }
}

impl Sessions {
    /// The machine as this user sees it; logs in unless that has happened since it booted.
    fn machine<'a>(
        &self,
        world: &'a mut World,
        id: &str,
        target: &Target,
    ) -> Result<&'a mut Machine> {
        let nobody = || {
            let error = Error::new(Code::Connection, format!("cannot connect to {}", target.host));
            error.cause("nothing answers there")
        };
        let machine = world.instances.get_mut(id).ok_or_else(nobody)?;
        if !machine.running {
            return Err(nobody());
        }
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = session(target);
        if sessions.get(&session) != Some(&machine.boots) {
            log_in(machine, target)?;
            sessions.insert(session, machine.boots);
        }
        Ok(machine)
    }

    fn forget(&self, target: &Target) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session(target));
    }
}

fn session(target: &Target) -> String {
    format!("{}@{}", target.user.as_deref().unwrap_or_default(), target.host)
}

/// What sshd and the client would check, in that order.
fn log_in(machine: &Machine, target: &Target) -> Result<()> {
    let host = &target.host;
    let is_host_key = |path: &String| path.starts_with("/etc/ssh/ssh_host_");
    if !machine.disk.files.keys().any(is_host_key) {
        let error = Error::new(Code::Connection, format!("cannot connect to {host}"));
        return Err(error.cause("its sshd has no host key"));
    }
    let shown = key_of(&machine.host_key);
    if !target.host_keys.is_empty() && target.host_keys.iter().all(|key| key_of(key) != shown) {
        let error = Error::new(Code::HostKeyChanged, format!("the host key of {host} changed"));
        return Err(error.cause(format!("it shows {shown}")));
    }
    let refused = |cause: String| {
        Error::new(Code::Authentication, format!("cannot log in to {host}")).cause(cause)
    };
    let user = target.user.as_deref().unwrap_or_default();
    let Some(account) = machine.disk.users.get(user) else {
        return Err(refused(format!("there is no user `{user}`")));
    };
    let path = format!("{}/.ssh/authorized_keys", account.home);
    let accepted =
        machine.disk.files.get(&path).map(|file| String::from_utf8_lossy(&file.contents));
    let accepted: Vec<String> = accepted.unwrap_or_default().lines().map(key_of).collect();
    for identity in &target.identities {
        if accepted.contains(&public_key(identity)?) {
            return Ok(());
        }
    }
    Err(refused(format!("no key is accepted for {user}")))
}

/// A public key line without options and comment.
fn key_of(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let key = words.windows(2).find(|pair| pair[1].starts_with("AAAA"));
    key.map_or_else(|| line.trim().to_owned(), |pair| pair.join(" "))
}

fn public_key(identity: &Identity) -> Result<String> {
    let text = match identity {
        Identity::Memory(text) => text.clone(),
        Identity::File(path) => {
            std::fs::read_to_string(path).map_err(|error| Error::io("read the key", path, error))?
        }
    };
    let wrong = |error: ssh_key::Error| {
        Error::new(Code::Authentication, "not an OpenSSH private key").cause(error)
    };
    let key = ssh_key::PrivateKey::from_openssh(text).map_err(wrong)?;
    Ok(key_of(&key.public_key().to_openssh().map_err(wrong)?))
}
