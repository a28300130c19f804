//! All hosts of a process, each with the sessions it keeps for the next command.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::environment::UserEnvironment;
use super::hop::Hop;
use super::host::Host;
use super::identity::{self, Authentication, Keyring};
use super::keeper::Keeper;
use super::lock::lock;
use super::remote::{Connect, Remote};
use super::route;
use super::sessions::Sessions;
use super::ssh_remote::SshRemote;
use super::target::{Identity, Target};
use super::trust::Trust;
use crate::report::Silent;
use crate::{Error, Result};

/// Makes remotes; two remotes of the same target share sessions.
pub struct Pool {
    authentication: Arc<Authentication>,
    environment: UserEnvironment,
    hosts: Arc<Hosts>,
    keeper: Keeper,
}

/// By a digest of the way to them.
type Hosts = Mutex<HashMap<[u8; 32], Arc<Sessions>>>;

impl Pool {
    #[must_use]
    pub fn new(trust: Arc<dyn Trust>, cancel: CancellationToken) -> Self {
        Self::with(UserEnvironment { cancel, ..UserEnvironment::of_process() }, trust)
    }

    /// A pool that uses this environment in place of the process's.
    #[must_use]
    pub fn with(environment: UserEnvironment, trust: Arc<dyn Trust>) -> Self {
        let authentication = Arc::new(Authentication { trust, keyring: Keyring::default() });
        Pool { authentication, environment, hosts: Arc::default(), keeper: Keeper::default() }
    }

    /// Opens a private key file for all connections to come; asks for its passphrase if it has one.
    ///
    /// # Errors
    /// `Code::Config` if it is not a private key, or if nobody knew the passphrase.
    pub fn unlock(&self, key: &Path) -> Result<()> {
        let Authentication { trust, keyring } = &*self.authentication;
        let key = identity::load(&Identity::File(key.to_path_buf()), &[], &Silent)?;
        match key.unlock(keyring, &**trust) {
            Some(_) => Ok(()),
            None => Err(Error::config(format!("no passphrase opened the key {}", key.name))
                .hint("name another key file, or remove it for a temporary key")),
        }
    }
}

impl Connect for Pool {
    fn remote(&self, target: Target) -> Result<Arc<dyn Remote>> {
        let hop = Arc::new(route::resolve(&target, &self.environment, &Silent)?);
        // The key is a digest because the hop may contain private keys.
        let shared = Hop { label: String::new(), ..(*hop).clone() };
        let key: [u8; 32] = Sha256::digest(format!("{shared:?}")).into();
        let sessions = lock(&self.hosts)
            .entry(key)
            .or_insert_with(|| Arc::new(Sessions::new(hop.clone(), self.authentication.clone())))
            .clone();
        self.keeper.begin(|| Arc::downgrade(&self.hosts), keep_alive);
        Ok(Arc::new(SshRemote::new(Host::new(hop, sessions, target.idle_timeout))))
    }
}

fn keep_alive(hosts: &Hosts) {
    let all: Vec<_> = lock(hosts).values().cloned().collect();
    all.iter().for_each(|sessions| sessions.keep_alive());
}
