//! Whether changes are made, or only told: `--dry-run`.

use super::Run;
use super::plans::Kind;

impl Run {
    /// True, except under `--dry-run`, which reports what would be done.
    pub fn may_change(&self, what: &str) -> bool {
        self.may(Kind::Other, what, || None)
    }

    /// As [`Run::may_change`], for a change of this kind; `details` such as a diff are shown below it.
    pub fn may(&self, kind: Kind, what: &str, details: impl FnOnce() -> Option<String>) -> bool {
        if self.options.dry_run {
            self.plans.count(kind);
            self.ui.planned(kind.names()[0], what, details().as_deref());
        }
        !self.options.dry_run
    }

    /// The count of what would be changed, at the end of a dry run. Where nothing was and something has failed, only
    /// that is told.
    pub fn tell_plan(&self, is_ok: bool) {
        if is_ok || self.plans.has_changes() {
            self.ui.plan(&self.plans.counted());
        }
    }
}
