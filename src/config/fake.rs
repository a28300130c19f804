//! Settings of `cloud: fake`, which rehearses a pipeline without any machine.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use crate::Result;
use crate::fault::{Faults, Journal};

/// The keys under `clouds: {fake: …}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FakeSettings {
    /// The file that holds all that exists in this cloud; made when absent.
    pub world: PathBuf,
    /// Every call is appended to this file, one line each.
    #[serde(default)]
    pub journal: Option<PathBuf>,
    /// Rules that answer remote commands; the first match wins.
    #[serde(default)]
    pub answers: Option<PathBuf>,
    /// The n-th call of a process is refused and changes nothing.
    #[serde(default)]
    pub fail_at: Option<u64>,
    /// The n-th call is carried out, but its reply is lost.
    #[serde(default)]
    pub fail_after: Option<u64>,
    /// The process gets SIGKILL before the n-th call changes anything.
    #[serde(default)]
    pub kill_at: Option<u64>,
    /// The process gets SIGKILL once the n-th call has been carried out.
    #[serde(default)]
    pub kill_after: Option<u64>,
    /// What this cloud shall not be able to do: `stop`, `console`, `export_image`.
    #[serde(default)]
    pub lacks: Vec<String>,
}

impl FakeSettings {
    /// The one journal of a process, for the cloud and for its hosts.
    pub fn journal(&self) -> Result<Arc<Journal>> {
        let faults = Faults {
            fail_at: self.fail_at,
            fail_after: self.fail_after,
            kill_at: self.kill_at,
            kill_after: self.kill_after,
        };
        Journal::open(&self.world, self.journal.as_deref(), faults)
    }
}
