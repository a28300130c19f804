//! Looking more than once: an API server behind the others does not know yet what they know.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::Result;
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;

/// How many looks in a row have to miss a thing before it does not exist.
const MISSES: u32 = 3;

/// The time between them.
const GAP: Duration = Duration::from_millis(250);

/// What `look` finds; none if several looks in a row find nothing.
pub async fn surely<T, F>(
    what: &str,
    watch: &Watch,
    mut look: impl FnMut() -> F,
) -> Result<Option<T>>
where
    F: Future<Output = Result<Option<T>>>,
{
    let misses = AtomicU32::new(0);
    // The deadline is for a wait without an end, which this is not.
    let patience = Patience::for_up_to(Duration::MAX).with_gaps_of(GAP).at_most_every(GAP);
    wait::until(what, patience, watch, || {
        let look = look();
        let misses = &misses;
        async move {
            Ok(match look.await? {
                None if misses.fetch_add(1, Ordering::Relaxed) + 1 < MISSES => {
                    Poll::Pending("not found".to_owned())
                }
                found => Poll::Ready(found),
            })
        }
    })
    .await
}
