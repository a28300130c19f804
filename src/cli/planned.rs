//! Hosts in place of instances that a dry run would have started: a rehearsal in a temporary folder.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use crate::config::{Selection, fake_host::Host};
use crate::rehearsal::Stage;
use crate::ssh::Remote;
use crate::{Error, Result};

/// The hosts of one process, by role.
#[derive(Default)]
pub struct Planned(Mutex<State>);

#[derive(Default)]
struct State {
    /// Its folder lives as long as its hosts.
    stage: Option<(Stage, TempDir)>,
    hosts: HashMap<String, Arc<dyn Remote>>,
}

impl Planned {
    /// The host of a role. None: there is no model of that distribution.
    pub fn host(&self, selection: &Selection, role: &str) -> Option<Result<Arc<dyn Remote>>> {
        if !Stage::knows(&selection.distribution) {
            return None;
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Some(state.host(selection, role))
    }
}

impl State {
    fn host(&mut self, selection: &Selection, role: &str) -> Result<Arc<dyn Remote>> {
        if let Some(known) = self.hosts.get(role) {
            return Ok(known.clone());
        }
        let (stage, _) = match &mut self.stage {
            Some(opened) => opened,
            none => {
                let folder = tempfile::tempdir()
                    .map_err(|error| Error::io("make a folder in", &std::env::temp_dir(), error))?;
                none.insert((Stage::lenient(folder.path())?, folder))
            }
        };
        let user = selection.common.username.clone();
        let target = stage.host(&Host {
            os: selection.distribution.clone(),
            user: user.unwrap_or_else(|| "planned".to_owned()),
            label: role.to_owned(),
            ..Host::default()
        })?;
        let host = stage.rehearsal.remote(target)?;
        self.hosts.insert(role.to_owned(), host.clone());
        Ok(host)
    }
}
