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

use crate::rehearsal::journal::Journal;
use crate::rehearsal::world::SCHEME;
use crate::ssh::{Connect, Remote, Target};
use crate::{Error, Result};

use remote::FakeRemote;
use sessions::Sessions;
use unknown::Unknown;

/// What becomes of commands that neither a rule nor the model knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rigour {
    /// They succeed and print nothing, with a warning.
    Lenient,
    /// They fail.
    Strict,
    /// They fail, and a host has no scripts and folders beyond those that the model or the test tells of.
    Exact,
}

/// Makes remotes for hosts named `fake:<instance id>`.
pub struct FakeConnect {
    journal: Arc<Journal>,
    answers: Arc<Answers>,
    sessions: Arc<Sessions>,
    unknown: Arc<Unknown>,
    exact: bool,
    /// The rules of hosts that have their own, by instance.
    own: Mutex<BTreeMap<String, Arc<Answers>>>,
}

impl FakeConnect {
    /// `answers` is a file of rules for remote commands, in YAML or JSON.
    pub fn new(
        journal: Arc<Journal>,
        answers: Option<&Path>,
        rigour: Rigour,
    ) -> Result<FakeConnect> {
        let answers = answers.map(Answers::load).transpose()?.unwrap_or_default();
        Ok(FakeConnect {
            journal,
            answers: Arc::new(answers),
            sessions: Arc::default(),
            unknown: Arc::new(Unknown::new(rigour != Rigour::Lenient)),
            exact: rigour == Rigour::Exact,
            own: Mutex::default(),
        })
    }

    /// The first command that failed because it is not known, also if a script has caught that.
    #[must_use]
    pub fn refused(&self) -> Option<Error> {
        self.unknown.refused()
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
            exact: self.exact,
            target,
            id,
            role,
            label,
        }))
    }
}
