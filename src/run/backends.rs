//! What opens clouds and connections for a run.

use std::path::Path;
use std::sync::Arc;

use super::stage::Stage;
use crate::Result;
use crate::cloud::Cloud;
use crate::config::Selection;
use crate::ssh::{Remote, Target};
use crate::state::Store;
use crate::ui::Ui;

/// The command line implements it, so that nothing here depends on a
/// particular cloud.
pub trait Backends: Send + Sync {
    /// The provider for these settings. Costs nothing remote.
    fn cloud(&self, selection: &Selection) -> Result<Arc<dyn Cloud>>;

    /// A machine to run commands on. Nothing is connected yet. `selection` gives the settings in
    /// force, for machines that exist only within a cloud.
    fn remote(
        &self,
        target: Target,
        selection: &dyn Fn() -> Result<Selection>,
    ) -> Result<Arc<dyn Remote>>;

    /// Opens a key file for the connections to come, asking for its passphrase.
    fn unlock(&self, key: &Path) -> Result<()>;

    /// The same for another run of this process: what logged in stays so, but host keys are pinned in
    /// that run's state.
    fn beside(&self, store: &Arc<Store>, ui: &Arc<Ui>) -> Box<dyn Backends>;

    /// Under `--dry-run`: in place of the instance of this role, which does not exist yet, a host that answers
    /// as its distribution usually does. None: there is no model of that.
    fn planned(&self, _selection: &Selection, _role: &str) -> Option<Result<Arc<dyn Remote>>> {
        None
    }

    /// What a test has in place of machines. None: this is no test.
    fn stage(&self) -> Option<&dyn Stage> {
        None
    }
}
