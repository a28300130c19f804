//! The shell that reads the lines sent to a host.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use crate::report::{Level, Report};

/// What is known of the login shell of one host, learned by its first command.
#[derive(Default)]
pub(super) struct LoginShell {
    is_sh: AtomicBool,
    warned: AtomicBool,
    is_merged: AtomicBool,
}

impl LoginShell {
    /// True if it is `sh` itself, so that no other has to be started.
    pub(super) fn is_sh(&self) -> bool {
        self.is_sh.load(Relaxed)
    }

    pub(super) fn began(&self, is_sh: bool) {
        if is_sh {
            self.is_sh.store(true, Relaxed);
        }
    }

    /// It is not what it was: the user may have got another.
    pub(super) fn forget(&self) {
        self.is_sh.store(false, Relaxed);
    }

    /// Warns about a login shell that prints, once for each host.
    pub(super) fn greeted(&self, label: &str, greeting: Option<&str>, report: &dyn Report) {
        let Some(greeting) = greeting else { return };
        if !self.warned.swap(true, Relaxed) {
            let message = format!(
                "{label}: the login shell prints text before each command, which is left out: {greeting}"
            );
            report.log(Level::Warning, &message);
        }
    }

    /// Warns about a login shell that sends both streams to one, once for each host.
    pub(super) fn merged(&self, label: &str, report: &dyn Report) {
        if !self.is_merged.swap(true, Relaxed) {
            let message = format!(
                "{label}: the login shell sends standard error to standard output: results of commands hold \
                 both (its login files have a line such as `exec 2>&1`)"
            );
            report.log(Level::Warning, &message);
        }
    }
}
