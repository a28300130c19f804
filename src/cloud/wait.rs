//! The only polling loop: deadline, backoff with jitter, cancellation, progress.

use std::time::{Duration, Instant};

use crate::report::Watch;
use crate::{Code, Error, Result};

/// The result of one look.
pub enum Poll<T> {
    Ready(T),
    /// Not ready; the text says what is missing and why, for the progress line and the timeout.
    Pending(String),
}

/// How long to wait and how often to look.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub deadline: Duration,
    pub first: Duration,
    pub longest: Duration,
}

/// The delay to the next look, as a share of the time waited so far.
const SHARE: f64 = 0.03;

/// Keeps clients that began together from looking at the same time.
const JITTER: std::ops::Range<f64> = 0.8..1.2;

impl Patience {
    /// Looks every 100 ms at first, then less often: after 3 % of the time waited so far, and after
    /// 5 s at the latest.
    #[must_use]
    pub fn for_up_to(deadline: Duration) -> Self {
        Patience { deadline, first: Duration::from_millis(100), longest: Duration::from_secs(5) }
    }

    /// Looks at least this often.
    #[must_use]
    pub fn at_most_every(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self.first = self.first.min(longest);
        self
    }

    /// Leaves at least this much time between two looks, where a look costs something.
    #[must_use]
    pub fn with_gaps_of(mut self, first: Duration) -> Self {
        self.first = first.min(self.longest);
        self
    }

    fn delay(&self, waited: Duration) -> Duration {
        let delay = waited.mul_f64(SHARE).clamp(self.first, self.longest);
        let jitter = JITTER.start + fastrand::f64() * (JITTER.end - JITTER.start);
        delay.mul_f64(jitter)
    }
}

/// Looks until `look` is ready or fails, the deadline passes or Ctrl-C is pressed. `what` names the
/// wait: "instance i-0abc to run".
pub async fn until<T, F>(
    what: &str,
    patience: Patience,
    watch: &Watch,
    mut look: impl FnMut() -> F,
) -> Result<T>
where
    F: Future<Output = Result<Poll<T>>>,
{
    let activity = watch.report.activity(what);
    let started = Instant::now();
    loop {
        let last = match watch.guard(look()).await? {
            Poll::Ready(value) => return Ok(value),
            Poll::Pending(status) => status,
        };
        activity.status(&last);
        let waited = started.elapsed();
        let left = patience.deadline.saturating_sub(waited);
        if left.is_zero() {
            let waited = format!("waited {} s for {what}", patience.deadline.as_secs());
            return Err(Error::new(Code::Timeout, waited).cause(last));
        }
        let delay = patience.delay(waited).min(left);
        watch
            .guard(async {
                tokio::time::sleep(delay).await;
                Ok(())
            })
            .await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_frequent_at_first_and_rare_later() {
        let patience = Patience::for_up_to(Duration::from_secs(3600)).with_gaps_of(FIRST);
        for seconds in [0, 1, 10, 60, 100, 1000] {
            let waited = Duration::from_secs(seconds);
            let delay = patience.delay(waited);
            assert!(
                delay <= (waited.mul_f64(0.04)).max(FIRST.mul_f64(1.2)),
                "{waited:?} {delay:?}"
            );
            assert!(delay >= FIRST.mul_f64(0.8) && delay <= Duration::from_secs(6), "{delay:?}");
        }
    }

    const FIRST: Duration = Duration::from_millis(500);
}
