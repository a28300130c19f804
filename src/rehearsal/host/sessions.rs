//! Who is logged in to which fake host, and what sshd and the client check before that.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::rehearsal::world::{Machine, World};
use crate::ssh::{Identity, Target, keys};
use crate::{Code, Error, Result};

/// Who is logged in where: `user@host` and the boot it happened in.
#[derive(Default)]
pub(super) struct Sessions(Mutex<BTreeMap<String, u64>>);

impl Sessions {
    /// The machine as this user sees it; logs in unless that has happened since it booted.
    pub(super) fn machine<'a>(
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

    pub(super) fn forget(&self, target: &Target) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session(target));
    }
}

fn session(target: &Target) -> String {
    format!("{}@{}", target.user.as_deref().unwrap_or_default(), target.host)
}

/// What sshd and the client would check, in that order.
fn log_in(machine: &Machine, target: &Target) -> Result<()> {
    if machine.open {
        return Ok(());
    }
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
        // Of any kind that a real host takes.
        Identity::File(path) => return keys::public_of_file(path).map(|line| key_of(&line)),
    };
    let wrong = |error: ssh_key::Error| {
        Error::new(Code::Authentication, "not an OpenSSH private key").cause(error)
    };
    let key = ssh_key::PrivateKey::from_openssh(text).map_err(wrong)?;
    Ok(key_of(&key.public_key().to_openssh().map_err(wrong)?))
}
