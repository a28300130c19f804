//! The way to an instance: where it is, who logs in, and how it proves that it is the right one.

use std::sync::{Arc, Mutex, PoisonError};

use super::tunnel;
use crate::config::HostKeySource;
use crate::run::Run;
use crate::run::keys::login;
use crate::run::known::instances::{begin, record};
use crate::run::known::sealed;
use crate::ssh::{Remote, Target};
use crate::{Code, Error, Result};

/// What instances that do not exist yet are known by, and who logs in there unless that is configured.
const PLANNED: &str = "planned";

/// A machine that commands can be run on. Copies are the same machine.
#[derive(Clone)]
pub struct Reached {
    /// Shared by all copies: replaced when the instance turns out to have another host key.
    remote: Arc<Mutex<Arc<dyn Remote>>>,
    /// The role of the instance in the state file; none for a machine that the user named.
    pub role: Option<String>,
    /// The instance's id, or the address: what the records of steps know it by.
    pub scope: String,
    /// The login user; empty where ssh's own configuration names it.
    pub user: String,
}

impl Reached {
    pub fn new(
        remote: Arc<dyn Remote>,
        role: Option<String>,
        scope: String,
        user: String,
    ) -> Reached {
        Reached { remote: Arc::new(Mutex::new(remote)), role, scope, user }
    }

    /// Whether it stands for an instance that a dry run would have started.
    pub fn is_planned(&self) -> bool {
        self.scope == PLANNED
    }

    /// The connection in use.
    pub fn remote(&self) -> Arc<dyn Remote> {
        self.remote.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another connection to the same machine, for all copies.
    pub fn reconnect_by(&self, remote: Arc<dyn Remote>) {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner) = remote;
    }
}

/// The instance of a role. Nothing is connected yet.
pub fn reach(run: &Run, role: &str) -> Result<Reached> {
    if run.plans.has_started(Some(role)) {
        return planned(run, role);
    }
    let record = record(run, role)?;
    sealed::check(role, &record)?;
    let selection = run.selection()?;
    let address = record.address.clone().ok_or_else(|| {
        Error::failed(format!("instance {} has no address", record.name))
            .hint(format!("{}: it starts a stopped instance", begin(role)))
    })?;
    if selection.common.ssh.host_key == HostKeySource::Console && record.host_key.is_none() {
        // Without a known key, the first one presented would be trusted.
        let message = format!("the host key of {} is not known yet", record.name);
        return Err(Error::new(Code::State, message)
            .hint(format!("{}, which reads it from the console", begin(role))));
    }
    let identity = login::identity(run, &selection, role)?;
    let proxy_command = selection.common.ssh.proxy_command.as_ref();
    let proxy_command =
        proxy_command.map(|command| tunnel::command(run, &record, command)).transpose()?;
    let target = Target {
        host: address,
        port: Some(selection.common.ssh.port.unwrap_or(record.ssh_port)),
        user: Some(record.username.clone()),
        label: record.name.clone(),
        identities: vec![identity],
        host_keys: record.host_key.clone().into_iter().collect(),
        jump: selection.common.ssh.jump.clone(),
        proxy_command,
        personal: false,
        connect_timeout: Some(selection.common.ssh.connect_timeout),
        idle_timeout: selection.common.ssh.idle_timeout,
    };
    let scope = record.id.clone().unwrap_or_default();
    Ok(Reached::new(run.remote(target)?, Some(role.to_string()), scope, record.username))
}

/// What a dry run goes on with, in place of an instance that it would have started.
fn planned(run: &Run, role: &str) -> Result<Reached> {
    let Some(remote) = run.planned(role)? else {
        let message = format!("the instance `{role}` would have to be started first");
        return Err(Error::not_found(message).hint(format!("{} to start it", begin(role))));
    };
    let user = run.selection()?.common.username.unwrap_or_else(|| PLANNED.to_owned());
    Ok(Reached::new(remote, Some(role.to_owned()), PLANNED.to_owned(), user))
}
