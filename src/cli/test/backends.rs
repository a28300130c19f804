//! What the script of a test finds in place of clouds and machines: only what is made up.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cloud::Cloud;
use crate::config::Selection;
use crate::config::fake_host::{Host, Rule};
use crate::rehearsal::{self, Rehearsal};
use crate::run::{Backends, Differed, Stage};
use crate::ssh::{Output, Remote, Target};
use crate::state::Store;
use crate::ui::Ui;
use crate::{Error, Result};

#[derive(Clone)]
pub struct OnStage {
    stage: Arc<rehearsal::Stage>,
    reaches_out: bool,
    /// The last two values that were not the same.
    differed: Arc<Mutex<Option<Differed>>>,
}

impl OnStage {
    pub fn open(folder: &Path, reaches_out: bool) -> Result<OnStage> {
        let stage = Arc::new(rehearsal::Stage::open(folder)?);
        Ok(OnStage { stage, reaches_out, differed: Arc::default() })
    }

    /// The values that a test has failed for, if it is for such.
    pub fn differed(&self, error: &Error) -> Option<Differed> {
        let last = self.differed.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.filter(|last| last.message == error.message())
    }

    /// The first command that no host knows, also if the test has caught its error.
    pub fn refused(&self) -> Option<Error> {
        self.stage.rehearsal.refused()
    }
}

impl Backends for OnStage {
    fn cloud(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        if selection.cloud == "fake" {
            return self.stage.rehearsal.cloud(selection);
        }
        Err(Error::failed(format!("a test has no cloud `{}`", selection.cloud))
            .hint("tests have the fake cloud; `imgctl run` runs a script with others"))
    }

    fn remote(
        &self,
        target: Target,
        _selection: &dyn Fn() -> Result<Selection>,
    ) -> Result<Arc<dyn Remote>> {
        if Rehearsal::has_host(&target.host) {
            return self.stage.rehearsal.remote(target);
        }
        Err(Error::failed(format!("a test does not connect to {}", target.host))
            .hint("use a `fake_host(#{ … })` in its place"))
    }

    fn unlock(&self, _key: &Path) -> Result<()> {
        Ok(())
    }

    fn beside(&self, _store: &Arc<Store>, _ui: &Arc<Ui>) -> Box<dyn Backends> {
        Box::new(self.clone())
    }

    fn stage(&self) -> Option<&dyn Stage> {
        Some(self)
    }
}

impl Stage for OnStage {
    fn host(&self, host: &Host) -> Result<Target> {
        self.stage.host(host)
    }

    fn answer_here(&self, rules: Vec<Rule>) -> Result<()> {
        self.stage.answer_here(rules)
    }

    fn here(&self, line: &str) -> Result<Option<Output>> {
        self.stage.here(line)
    }

    fn calls(&self) -> Result<Vec<String>> {
        self.stage.calls()
    }

    fn differed(&self, values: Differed) {
        *self.differed.lock().unwrap_or_else(PoisonError::into_inner) = Some(values);
    }

    fn reaches_out(&self) -> bool {
        self.reaches_out
    }
}
