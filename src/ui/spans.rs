//! What is within what: the ids that connect the begin and the end of tasks, steps, commands and waits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::event::Span;

/// What has begun and not ended, of all threads.
#[derive(Default)]
pub struct Spans(Mutex<State>);

#[derive(Default)]
struct State {
    last: u64,
    open: Vec<Open>,
}

struct Open {
    id: u64,
    thread: ThreadId,
    name: Option<String>,
}

impl Spans {
    /// Something that others may be within until [`Spans::end`] is told the same name on this thread.
    pub fn begin(&self, name: &str) -> Span {
        let mut state = self.state();
        let span = state.next();
        state.open.push(Open { id: span.id, thread: here(), name: Some(name.to_owned()) });
        span
    }

    /// The id of the innermost one of this name on this thread, which ends; a new one if none has begun.
    pub fn end(&self, name: &str) -> u64 {
        let mut state = self.state();
        let is_it = |open: &Open| open.thread == here() && open.name.as_deref() == Some(name);
        match state.open.iter().rposition(is_it) {
            Some(at) => state.open.remove(at).id,
            None => state.next().id,
        }
    }

    /// Something that nothing else is within.
    pub fn leaf(&self) -> Span {
        self.state().next()
    }

    /// The innermost one here. A thread that has begun nothing works for what began last.
    pub fn innermost(&self) -> Option<u64> {
        self.state().innermost()
    }

    /// Until the value is dropped, this thread works within `id`.
    pub fn enter(&self, id: Option<u64>) -> Inside<'_> {
        if let Some(id) = id {
            self.state().open.push(Open { id, thread: here(), name: None });
        }
        Inside { spans: self, entered: id.is_some() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The data is only for display: an incomplete change does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Span {
        self.last += 1;
        Span { id: self.last, within: self.innermost() }
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
        let is_it = |open: &Open| open.thread == here() && open.name.is_none();
        let at = state.open.iter().rposition(is_it).filter(|_| self.entered);
        at.map(|at| state.open.remove(at));
    }
}

fn here() -> ThreadId {
    thread::current().id()
}
