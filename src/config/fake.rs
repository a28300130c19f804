//! Settings of `cloud: fake`, which rehearses a pipeline without any machine.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use crate::fault::{Faults, Journal};
use crate::{Error, Result};

/// The keys under `clouds: {fake: …}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The file that holds all that exists in this cloud; made when absent. Required to use it.
    pub world: Option<PathBuf>,
    /// Every call is appended to this file, one line each.
    pub journal: Option<PathBuf>,
    /// Rules that answer remote commands; the first match wins.
    pub answers: Option<PathBuf>,
    /// The n-th call of a process is refused and changes nothing.
    pub fail_at: Option<u64>,
    /// The n-th call is carried out, but its reply is lost.
    pub fail_after: Option<u64>,
    /// The process gets SIGKILL before the n-th call changes anything.
    pub kill_at: Option<u64>,
    /// The process gets SIGKILL once the n-th call has been carried out.
    pub kill_after: Option<u64>,
    /// What this cloud shall not be able to do: `stop`, `console`, `export_image`.
    pub lacks: Vec<String>,
}

impl Settings {
    /// The one journal of a process, for the cloud and for its hosts.
    pub fn journal(&self) -> Result<Arc<Journal>> {
        let faults = Faults {
            fail_at: self.fail_at,
            fail_after: self.fail_after,
            kill_at: self.kill_at,
            kill_after: self.kill_after,
        };
        let world = self.world.as_deref().ok_or_else(|| {
            Error::config("cloud fake has no world file")
                .hint("name one: `--set clouds.fake.world=world.json`")
        })?;
        Journal::open(world, self.journal.as_deref(), faults)
    }
}
