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
}

impl Unknown {
    pub(super) fn new(strict: bool) -> Unknown {
        Unknown { strict, reported: Mutex::default() }
    }

    /// Fails for the first of these (programs, lines that cannot be parsed) if the rehearsal is
    /// strict.
    pub(super) fn check(&self, host: &str, things: &[String]) -> Result<()> {
        match things.first().filter(|_| self.strict) {
            Some(thing) => Err(Error::new(
                Code::CommandFailed,
                format!("[{host}] the fake host does not know {thing}"),
            )
            .hint(
                "correct the spelling, or say what it answers: in `commands` of fake_host, or in \
                    `clouds.fake.answers`",
            )),
            None => Ok(()),
        }
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
