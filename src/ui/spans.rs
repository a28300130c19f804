//! What is within what: the ids that connect the begin and the end of tasks, steps, commands and waits.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::event::Span;
use super::whereabouts::{Part, Whereabouts};

/// What has begun and not ended, of all threads.
#[derive(Default)]
pub struct Spans(Mutex<State>);

#[derive(Default)]
struct State {
    last: u64,
    open: Vec<Open>,
    /// By id: where that is whose end was not told yet.
    places: HashMap<u64, Whereabouts>,
    /// The innermost task or step that failed last.
    failed: Option<Whereabouts>,
}

struct Open {
    id: u64,
    thread: ThreadId,
    /// None: a thread works for it that did not begin it.
    what: Option<(Part, String)>,
}

impl Spans {
    /// Something that others may be within until [`Spans::end`] is told the same on this thread.
    pub fn begin(&self, part: Part, name: &str) -> Span {
        let mut state = self.state();
        if !state.open.is_empty() {
            // What goes on behind a failure was not ended by it.
            state.failed = None;
        }
        let span = state.next(|around| around.inside(part, name));
        let what = Some((part, name.to_owned()));
        state.open.push(Open { id: span.id, thread: here(), what });
        span
    }

    /// The id of the innermost one of this name on this thread, which ends; a new one if none has begun.
    pub fn end(&self, part: Part, name: &str) -> u64 {
        let mut state = self.state();
        let is_it = |open: &Open| {
            let what = open.what.as_ref().map(|(part, name)| (*part, name.as_str()));
            open.thread == here() && what == Some((part, name))
        };
        match state.open.iter().rposition(is_it) {
            Some(at) => state.open.remove(at).id,
            None => state.next(|around| around.inside(part, name)).id,
        }
    }

    /// Something that nothing else is within: a step that is skipped.
    pub fn skipped(&self, step: &str) -> Span {
        self.state().next(|around| around.inside(Part::Step, step))
    }

    /// The same of what has no name.
    pub fn leaf(&self) -> Span {
        self.state().next(Whereabouts::clone)
    }

    /// A command on a host, until [`Spans::forget`].
    pub fn on_host(&self, host: &str, role: Option<&str>, instance: Option<String>) -> Span {
        self.state().next(|around| Whereabouts {
            host: Some(host.to_owned()),
            role: role.map(str::to_owned),
            instance,
            ..around.clone()
        })
    }

    /// Where that is whose end was not told; without an id, what is innermost here, or where the last failure was
    /// once all has ended.
    pub fn place(&self, id: Option<u64>, is_failure: bool) -> Whereabouts {
        let state = self.state();
        let known = id.or(state.innermost()).and_then(|id| state.places.get(&id));
        known.or(state.failed.as_ref().filter(|_| is_failure)).cloned().unwrap_or_default()
    }

    /// Its end was told.
    pub fn forget(&self, id: u64, has_failed: bool) {
        let mut state = self.state();
        let Some(place) = state.places.remove(&id) else { return };
        match &state.failed {
            // It has failed further inside.
            Some(failed) if has_failed && place.contains(failed) => {}
            _ if has_failed => state.failed = Some(place),
            Some(failed) if place.contains(failed) => state.failed = None,
            _ => {}
        }
    }

    /// The innermost one here. A thread that has begun nothing works for what began last.
    pub fn innermost(&self) -> Option<u64> {
        self.state().innermost()
    }

    /// Until the value is dropped, this thread works within `id`.
    pub fn enter(&self, id: Option<u64>) -> Inside<'_> {
        if let Some(id) = id {
            self.state().open.push(Open { id, thread: here(), what: None });
        }
        Inside { spans: self, entered: id.is_some() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The data is only for display: an incomplete change does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self, place: impl FnOnce(&Whereabouts) -> Whereabouts) -> Span {
        self.last += 1;
        let within = self.innermost();
        let around = within.and_then(|id| self.places.get(&id));
        let place = place(around.unwrap_or(&Whereabouts::default()));
        self.places.insert(self.last, place);
        Span { id: self.last, within }
    }

    fn innermost(&self) -> Option<u64> {
        let own = self.open.iter().rfind(|open| open.thread == here());
        own.or(self.open.last()).map(|open| open.id)
    }
}

/// See [`Spans::enter`].
pub struct Inside<'s> {
    spans: &'s Spans,
    entered: bool,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = self.spans.state();
        let is_it = |open: &Open| open.thread == here() && open.what.is_none();
        let at = state.open.iter().rposition(is_it).filter(|_| self.entered);
        at.map(|at| state.open.remove(at));
    }
}

fn here() -> ThreadId {
    thread::current().id()
}
