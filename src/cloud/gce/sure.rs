//! Looks that do not take one miss for the truth: Google's servers may disagree for some seconds on
//! what exists.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::Api;
use crate::Result;
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;

/// How long something that was seen before must be missing before it counts as gone.
pub const SURE: Duration = Duration::from_secs(5);

/// How long a request that nobody waited for may take to become visible. Google answers an insert
/// within two or three seconds; the rest is for a slow network before it.
pub const LATE: Duration = Duration::from_secs(15);

/// Between two looks.
const GAP: Duration = Duration::from_millis(500);

/// Looks until something is found; None if it is still missing after `deadline`.
pub async fn found_within<T, F>(
    what: &str,
    deadline: Duration,
    watch: &Watch,
    mut look: impl FnMut() -> F,
) -> Result<Option<T>>
where
    F: Future<Output = Result<Option<T>>>,
{
    let began = Instant::now();
    // The look itself decides when it is enough: the error of a deadline could be that of a call.
    let patience = Patience::for_up_to(deadline * 2).with_gaps_of(GAP);
    wait::until(what, patience, watch, || {
        let look = look();
        async move {
            Ok(match look.await? {
                Some(found) => Poll::Ready(Some(found)),
                None if began.elapsed() >= deadline => Poll::Ready(None),
                None => Poll::Pending("not found".to_owned()),
            })
        }
    })
    .await
}

impl Api {
    /// As [`Api::find`], for something that was seen before: None only after several misses.
    pub async fn find_surely(
        &self,
        path: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<Option<Value>> {
        found_within(purpose, SURE, watch, || self.find(path, purpose, watch)).await
    }
}
