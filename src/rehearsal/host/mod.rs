//! Hosts without machines behind them: every call is journaled, commands are answered by rules and
//! by a small model of a Linux host kept in the fake world.

mod answers;
mod programs;
mod remote;
mod sessions;
mod shell;
mod unknown;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

pub use answers::Answers;

use crate::Result;
use crate::rehearsal::journal::Journal;
use crate::rehearsal::world::SCHEME;
use crate::ssh::{Connect, Remote, Target};

use remote::FakeRemote;
use sessions::Sessions;
use unknown::Unknown;

/// Makes remotes for hosts named `fake:<instance id>`.
pub struct FakeConnect {
    journal: Arc<Journal>,
    answers: Arc<Answers>,
    sessions: Arc<Sessions>,
    unknown: Arc<Unknown>,
    /// The rules of hosts that have their own, by instance.
    own: Mutex<BTreeMap<String, Arc<Answers>>>,
}

impl FakeConnect {
    /// `answers` is a file of rules for remote commands, in YAML or JSON. `strict`: a program that
    /// neither a rule nor the model knows is an error, not a warning.
    pub fn new(journal: Arc<Journal>, answers: Option<&Path>, strict: bool) -> Result<FakeConnect> {
        let answers = answers.map(Answers::load).transpose()?.unwrap_or_default();
        Ok(FakeConnect {
            journal,
            answers: Arc::new(answers),
            sessions: Arc::default(),
            unknown: Arc::new(Unknown::new(strict)),
            own: Mutex::default(),
        })
    }

    /// On this instance, these rules stand in place of those for all.
    pub fn answer(&self, instance: &str, answers: Answers) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.insert(instance.to_owned(), Arc::new(answers));
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
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        Ok(Arc::new(FakeRemote {
            journal: Arc::clone(&self.journal),
            answers: own.unwrap_or_else(|| Arc::clone(&self.answers)),
            sessions: Arc::clone(&self.sessions),
            unknown: Arc::clone(&self.unknown),
            target,
            id,
            role,
            label,
        }))
    }
}
