//! Settings of `cloud: fake`, which rehearses a pipeline without any machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::Selection;
use crate::Result;
use crate::fault::{Faults, Journal};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The file that holds all that exists in this cloud, between two commands as well. None:
    /// `.fake-world.json` in the project folder.
    pub world: Option<PathBuf>,
    /// Every call is appended to this file, one line each. None: not written down.
    pub journal: Option<PathBuf>,
    /// Rules that answer commands on its hosts; the first match wins.
    pub answers: Option<PathBuf>,
    /// The n-th call of a process (from 1) is refused and changes nothing.
    pub fail_at: Option<u64>,
    /// The n-th call is carried out, but its reply is lost.
    pub fail_after: Option<u64>,
    /// The process gets SIGKILL before the n-th call changes anything.
    pub kill_at: Option<u64>,
    /// The process gets SIGKILL once the n-th call has been carried out.
    pub kill_after: Option<u64>,
    /// What this cloud shall not be able to do: `stop`, `console`, `copy_image`…
    pub lacks: Vec<String>,
    /// The image to start from, by id or name. None: the one named like the distribution.
    pub base: Option<String>,
}

impl Settings {
    /// Opens the journal. Its calls are numbered, so a process opens it once and shares it between
    /// the cloud and its hosts.
    pub fn journal(&self, selection: &Selection) -> Result<Arc<Journal>> {
        let faults = Faults {
            fail_at: self.fail_at,
            fail_after: self.fail_after,
            kill_at: self.kill_at,
            kill_after: self.kill_after,
        };
        let world = self.world.as_deref().unwrap_or(Path::new(".fake-world.json"));
        let journal = self.journal.as_deref().map(|path| selection.resolve(path));
        Journal::open(&selection.resolve(world), journal.as_deref(), faults)
    }
}
