//! The frame of a process's JSON events: which one is first, and the run that it names.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Shared by all chains of a process.
#[derive(Default)]
pub struct EventStream(Mutex<State>);

#[derive(Default)]
struct State {
    /// None: nobody has said that a process begins, as in tests of single events.
    began: Option<Instant>,
    told: bool,
    run: Option<String>,
}

impl EventStream {
    /// A process begins; its first event is told before any other one.
    pub fn begin(&self) {
        self.change(|state| state.began = Some(Instant::now()));
    }

    /// The run that the state file knows.
    pub fn note_run(&self, run: &str) {
        self.change(|state| state.run = Some(run.to_owned()));
    }

    /// Calls `tell` with the run's id if nothing was told yet; other threads wait for it.
    pub fn first(&self, tell: impl FnOnce(Option<&str>)) {
        self.change(|state| {
            if state.began.is_some() && !state.told {
                state.told = true;
                tell(state.run.as_deref());
            }
        });
    }

    /// Since the process began. None: it did not.
    pub fn seconds(&self) -> Option<f64> {
        self.change(|state| state.began.map(|began| began.elapsed().as_secs_f64()))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // The data is only for display: an incomplete change does no harm.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
