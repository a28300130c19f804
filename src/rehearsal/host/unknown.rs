//! What the model of a host does not know: reported, since a typo in a shell line would pass the
//! rehearsal otherwise.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

/// Reports each unknown thing once.
pub(super) struct Unknown {
    strict: bool,
    reported: Mutex<BTreeSet<String>>,
    /// The first that failed: whether a script has caught the error or not.
    refused: Mutex<Option<Error>>,
}

impl Unknown {
    pub(super) fn new(strict: bool) -> Unknown {
        Unknown { strict, reported: Mutex::default(), refused: Mutex::default() }
    }

    /// Fails for the first of these (programs, lines that cannot be parsed) if the rehearsal is
    /// strict.
    pub(super) fn check(&self, host: &str, things: &[String]) -> Result<()> {
        let Some(thing) = things.first().filter(|_| self.strict) else { return Ok(()) };
        let message = format!("[{host}] the fake host does not know {thing}");
        let error = Error::new(Code::CommandFailed, message).hint(
            "correct the spelling, or say what it answers: in `commands` of fake_host, or in \
             `clouds.fake.answers`",
        );
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get_or_insert_with(|| error.clone());
        Err(error)
    }

    /// The first failure of [`Unknown::check`].
    pub(super) fn refused(&self) -> Option<Error> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Warns of those that were not reported before.
    pub(super) fn warn(&self, host: &str, things: &[String], watch: &Watch) {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        for thing in things {
            if reported.insert(thing.clone()) {
                let message = format!(
                    "[{host}] the fake host does not know {thing}: the rehearsal assumes that it \
                     succeeds and prints nothing"
                );
                watch.report.log(Level::Warning, &message);
            }
        }
    }
}
