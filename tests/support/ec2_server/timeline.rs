//! States that follow each other by time alone.

use std::time::{Duration, Instant};

/// States and when they begin; the last one that has begun is the present one.
#[derive(Clone, Debug)]
pub struct Timeline(Vec<(Instant, &'static str)>);

impl Timeline {
    /// `first` now, and `then` after the delay.
    pub fn new(first: &'static str, delay: Duration, then: &'static str) -> Timeline {
        let now = Instant::now();
        Timeline(vec![(now, first), (now + delay, then)])
    }

    pub fn always(state: &'static str) -> Timeline {
        Timeline(vec![(Instant::now(), state)])
    }

    pub fn state(&self) -> &'static str {
        let now = Instant::now();
        let begun = self.0.iter().rev().find(|(since, _)| *since <= now);
        begun.unwrap_or(&self.0[0]).1
    }

    /// How much of the time from the first to the last state has passed, 0 to 100.
    pub fn percent(&self) -> u64 {
        let (first, last) = (self.0[0].0, self.0[self.0.len() - 1].0);
        let (all, passed) = (last - first, first.elapsed());
        if passed >= all { 100 } else { (100.0 * passed.as_secs_f64() / all.as_secs_f64()) as u64 }
    }
}
