//! Asking for a change, and asking again where it was accepted and not carried out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Code, Result};

/// The time after which a thing that is still there is asked for again; doubled each time.
const AGAIN: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(30);

/// What a look at a thing that is to be deleted, stopped or started shows. The text is its status.
pub enum Seen {
    Done,
    /// The service is working on it.
    Going(String),
    /// As if nobody had asked.
    Unchanged(String),
}

/// When to ask.
struct Asked {
    /// None: at once.
    last: Option<Instant>,
    gap: Duration,
}

impl Asked {
    fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= self.gap)
    }

    fn note(&mut self) {
        if self.last.is_some() {
            self.gap = (self.gap * 2).min(LONGEST);
        }
        self.last = Some(Instant::now());
    }
}

/// Asks for a change until a look shows that it was carried out. `ask` fails with `Busy` while the service
/// has other work with the thing or others use it.
pub async fn until_done<T, A: Future<Output = Result<T>>, L: Future<Output = Result<Seen>>>(
    what: &str,
    patience: Patience,
    watch: &Watch,
    ask: impl Fn() -> A,
    look: impl Fn() -> L,
) -> Result<()> {
    let asked = Mutex::new(Asked { last: None, gap: AGAIN });
    let lock = || asked.lock().unwrap_or_else(PoisonError::into_inner);
    let ask = || async {
        match ask().await {
            Ok(_) => {
                lock().note();
                Ok(None)
            }
            Err(error) if error.code() == Code::Busy => Ok(Some(error.to_string())),
            Err(error) => Err(error),
        }
    };
    wait::until(what, patience, watch, || async {
        let is_first = lock().last.is_none();
        if is_first && let Some(busy) = ask().await? {
            return Ok(Poll::Pending(busy));
        }
        let status = match look().await? {
            Seen::Done => return Ok(Poll::Ready(())),
            Seen::Going(status) => return Ok(Poll::Pending(status)),
            Seen::Unchanged(status) => status,
        };
        let is_due = lock().is_due();
        if !is_due {
            return Ok(Poll::Pending(status));
        }
        Ok(Poll::Pending(ask().await?.unwrap_or(status)))
    })
    .await
}
