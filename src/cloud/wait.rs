//! The only polling loop: deadline, backoff with jitter, cancellation, progress.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::report::Watch;
use crate::{Code, Error, Result};

/// What one look found.
pub enum Poll<T> {
    Ready(T),
    /// Not yet; the text says what is missing and why, for the progress line and the timeout.
    Pending(String),
}

/// How long to wait and how often to look.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub deadline: Duration,
    pub first: Duration,
    pub longest: Duration,
}

impl Patience {
    /// Looks after 100 ms, then ever more seldom, every 5 s at the most.
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

    fn delays(&self) -> impl Iterator<Item = Duration> {
        ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_factor(1.5)
            .with_jitter()
            .without_max_times()
            .build()
    }
}

/// Looks until `look` finds what it wants, fails, the deadline passes or Ctrl-C is pressed.
/// `what` names the wait: "instance i-0abc to run".
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
    let mut delays = patience.delays();
    loop {
        let last = match watch.guard(look()).await? {
            Poll::Ready(value) => return Ok(value),
            Poll::Pending(status) => status,
        };
        activity.status(&last);
        let left = patience.deadline.saturating_sub(started.elapsed());
        if left.is_zero() {
            let waited = format!("waited {} s for {what}", patience.deadline.as_secs());
            return Err(Error::new(Code::Timeout, waited).cause(last));
        }
        let delay = delays.next().unwrap_or(patience.longest).min(left);
        watch
            .guard(async {
                tokio::time::sleep(delay).await;
                Ok(())
            })
            .await?;
    }
}
