//! Grace: how long a cloud may take until all of its servers show what was made.
//!
//! A request that was sent may be carried out after the process that sent it has ended, and the servers
//! of a cloud may disagree for a while on what exists. Not known yet is therefore not gone.
//!
//! A cloud gives its grace by [`Cloud::grace`](super::Cloud::grace): [`Grace::new`] with its setting
//! `settle_timeout`, whose default is what the vendor's documentation or a measurement supports, and
//! [`Grace::absent_after`] if looks at what exists may fail now and then. It is used in three ways:
//!
//! - [`Grace::find_requested`] for what the ledger records, before `destroy` removes it and before a
//!   request without an idempotency token is sent again;
//! - [`Grace::find`] for what the cloud has just confirmed and another request needs;
//! - [`Absence`], or [`Grace::find_known`], for what was seen before: only several misses in a row mean
//!   that it is gone.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::wait::{self, Patience, Poll};
use super::{Call, Resource};
use crate::report::Watch;
use crate::{Code, Result};

/// After this time, no request of the process that recorded an intent is still sent or on its way.
const LONGEST_REQUEST: SignedDuration = SignedDuration::from_hours(1);

/// How many looks in a row must miss what was seen before.
const MISSES: u32 = 3;

/// One cloud's grace. Its time begins when the value is made: one value for a whole `destroy` lets the
/// resources wait side by side.
#[derive(Debug, Clone, Copy)]
pub struct Grace {
    limit: Duration,
    absence: Duration,
    pace: Patience,
    since: Instant,
}

impl Grace {
    /// Up to `limit` until a change is shown by all servers. Zero: the cloud shows it before it answers.
    #[must_use]
    pub fn new(limit: Duration) -> Grace {
        let pace = Patience::for_up_to(limit);
        Grace { limit, absence: Duration::ZERO, pace, since: Instant::now() }
    }

    /// What was seen is gone after several misses over this time, or over the whole grace if that is
    /// shorter. Without it, one miss is enough.
    #[must_use]
    pub fn absent_after(mut self, absence: Duration) -> Grace {
        self.absence = absence.min(self.limit);
        self
    }

    /// Looks as often as this patience says.
    #[must_use]
    pub fn at_pace_of(mut self, pace: Patience) -> Grace {
        self.pace = pace;
        self
    }

    /// Looks for what was made a moment ago. None: the grace has passed.
    pub async fn find<T, F>(
        &self,
        what: &str,
        watch: &Watch,
        look: impl FnMut() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        self.find_within(self.limit.saturating_sub(self.since.elapsed()), what, watch, look).await
    }

    /// Looks for what an intent without an id may have made, or for what it did make. None: the grace has
    /// passed, so that it does not exist and never will. An old record needs one look only.
    pub async fn find_requested<T, F>(
        &self,
        what: &str,
        intent: &Resource,
        call: &Call,
        look: impl FnMut() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let own = self.limit.saturating_sub(self.since.elapsed());
        let left = call.ledger.requested(&intent.token)?.map_or(own, |requested| {
            let age = Timestamp::now().duration_since(requested);
            // With an id, the request was answered, and nothing is on its way.
            let age = if intent.id.is_some() { age } else { age - LONGEST_REQUEST };
            own.min(self.limit.saturating_sub(Duration::try_from(age).unwrap_or_default()))
        });
        self.find_within(left, what, &call.watch, look).await
    }

    /// Looks for what was seen before. None: it is gone.
    pub async fn find_known<T, F>(
        &self,
        what: &str,
        watch: &Watch,
        look: impl FnMut() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        self.find_within(self.absence, what, watch, look).await
    }

    /// Looks for what the ledger records: [`Grace::find_requested`], or, once the cloud has confirmed it,
    /// [`Grace::find_known`], as one miss is not gone.
    pub async fn find_recorded<T, F>(
        &self,
        what: &str,
        resource: &Resource,
        call: &Call,
        look: impl FnMut() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        match resource.id {
            Some(_) => self.find_known(what, &call.watch, look).await,
            None => self.find_requested(what, resource, call, look).await,
        }
    }

    /// Counts the misses of what was seen before.
    #[must_use]
    pub fn absence_of_known(&self) -> Absence {
        Absence { limit: self.absence, seen: Mutex::new(Seen::Found) }
    }

    /// Counts the misses of what was just requested: as long as it was never seen, it is not gone.
    #[must_use]
    pub fn absence_of_new(&self) -> Absence {
        Absence { limit: self.absence, seen: Mutex::new(Seen::Never) }
    }

    async fn find_within<T, F>(
        &self,
        left: Duration,
        what: &str,
        watch: &Watch,
        mut look: impl FnMut() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let patience = Patience { deadline: left, ..self.pace };
        let began = Instant::now();
        let found = wait::until(what, patience, watch, || {
            let look = look();
            async move {
                Ok(match look.await? {
                    Some(found) => Poll::Ready(found),
                    None => Poll::Pending(missing(left.saturating_sub(began.elapsed()))),
                })
            }
        });
        match found.await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.code() == Code::Timeout => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn missing(left: Duration) -> String {
    format!("not shown; it may appear within {} s", left.as_secs())
}

/// Tells a resource that is gone from one that some servers of the cloud do not show at the moment.
#[derive(Debug)]
pub struct Absence {
    limit: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug, Clone, Copy)]
enum Seen {
    Never,
    Found,
    Missed { since: Instant, times: u32 },
}

impl Absence {
    /// It was found.
    pub fn found(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen::Found;
    }

    /// It was not found. True if that means that it is gone.
    pub fn missed(&self) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, times) = match *seen {
            Seen::Never => return false,
            Seen::Found => (Instant::now(), 1),
            Seen::Missed { since, times } => (since, times + 1),
        };
        *seen = Seen::Missed { since, times };
        self.limit.is_zero() || (times >= MISSES && since.elapsed() >= self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_miss_is_not_gone() {
        let grace = Grace::new(Duration::from_secs(3600)).absent_after(Duration::from_secs(60));
        let known = grace.absence_of_known();
        assert!((0..100).all(|_| !known.missed()), "100 misses within a moment");

        let at_once = Grace::new(Duration::ZERO).absent_after(Duration::from_secs(60));
        assert!(at_once.absence_of_known().missed());
        assert!(!at_once.absence_of_new().missed(), "it was never seen");
    }

    #[test]
    fn a_look_that_finds_it_begins_the_count_anew() {
        let grace = Grace::new(Duration::from_nanos(1)).absent_after(Duration::from_nanos(1));
        let known = grace.absence_of_new();
        known.found();
        assert!(!known.missed() && !known.missed());
        known.found();
        assert!(!known.missed() && !known.missed());
        assert!(known.missed());
    }
}
