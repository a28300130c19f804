//! Opens the fake cloud and its hosts over one journal.

use std::path::Path;
use std::sync::Arc;

use super::cloud::Fake;
use super::host::{Answers, FakeConnect, Rigour};
use super::journal::{Faults, Journal};
use super::world::{SCHEME, World};
use crate::cloud::Cloud;
use crate::config::{Selection, fake::Settings};
use crate::ssh::{Connect, Remote, Target};
use crate::{Error, Result};

/// The fake world of one process. Its calls are numbered, so a process opens it once and shares it
/// between the cloud and its hosts.
pub struct Rehearsal {
    journal: Arc<Journal>,
    hosts: FakeConnect,
}

impl Rehearsal {
    pub fn open(selection: &Selection) -> Result<Rehearsal> {
        let settings: Settings = selection.provider()?;
        let faults = Faults {
            fail_at: settings.fail_at,
            fail_after: settings.fail_after,
            kill_at: settings.kill_at,
            panic_at: settings.panic_at,
            kill_after: settings.kill_after,
        };
        let file = |path: &Path| selection.resolve(path);
        let world = file(settings.world.as_deref().unwrap_or(Path::new(".fake-world.json")));
        let journal = settings.journal.as_deref().map(file);
        // A file that cannot be read is told before anything is done.
        World::load(&world)?;
        let journal = Journal::open(&world, journal.as_deref(), faults)?;
        let answers = settings.answers.as_deref().map(file);
        let rigour = if settings.strict { Rigour::Strict } else { Rigour::Lenient };
        let hosts = FakeConnect::new(journal.clone(), answers.as_deref(), rigour)?;
        Ok(Rehearsal::over(journal, hosts))
    }

    #[must_use]
    pub fn over(journal: Arc<Journal>, hosts: FakeConnect) -> Rehearsal {
        Rehearsal { journal, hosts }
    }

    /// On this instance, these rules stand in place of those for all.
    pub fn answer(&self, instance: &str, answers: Answers) {
        self.hosts.answer(instance, answers);
    }

    /// The first command that failed because no host knows it, also if a script has caught that.
    #[must_use]
    pub fn refused(&self) -> Option<Error> {
        self.hosts.refused()
    }

    /// The cloud of the selected settings.
    pub fn cloud(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        Ok(Arc::new(Fake::open(self.journal.clone(), selection)?))
    }

    /// Whether an address is that of a host in a fake world.
    #[must_use]
    pub fn has_host(address: &str) -> bool {
        address.starts_with(SCHEME)
    }

    pub fn remote(&self, target: Target) -> Result<Arc<dyn Remote>> {
        self.hosts.remote(target)
    }
}
