//! What a chain has done so far: its tasks and their steps, for the summary at its end.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::done::Done;
use super::event::Event;

#[derive(Default)]
pub struct Tally(Mutex<State>);

#[derive(Default)]
struct State {
    tasks: Vec<Done>,
    /// By the id of what has begun: its task.
    places: HashMap<u64, usize>,
}

impl Tally {
    pub fn take(&self, event: &Event<'_>) {
        let mut state = self.state();
        match event {
            Event::TaskStarted { span, task } => {
                let depth = state.of(span.within).map_or(0, |outer| outer.depth + 1);
                let at = state.tasks.len();
                state.tasks.push(Done { task: (*task).to_owned(), depth, ..Done::default() });
                state.places.insert(span.id, at);
            }
            Event::TaskFinished { id, seconds, ok, .. } => {
                if let Some(task) = state.of(Some(*id)) {
                    (task.ok, task.seconds) = (Some(*ok), *seconds);
                }
            }
            Event::StepStarted { span, .. } => {
                let place = span.within.and_then(|id| state.places.get(&id).copied());
                place.map(|at| state.places.insert(span.id, at));
            }
            Event::StepSkipped { span, .. } => {
                if let Some(task) = state.of(span.within) {
                    task.skipped += 1;
                }
            }
            Event::StepFinished { id, changed, .. } => {
                if let Some(task) = state.of(Some(*id)) {
                    task.run += 1;
                    task.changed += usize::from(*changed);
                }
            }
            Event::StepFailed { id, .. } => {
                if let Some(task) = state.of(Some(*id)) {
                    task.failed += 1;
                }
            }
            _ => {}
        }
    }

    /// All tasks in the order in which they began.
    pub fn tasks(&self) -> Vec<Done> {
        self.state().tasks.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Only for display: an incomplete change does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of(&mut self, id: Option<u64>) -> Option<&mut Done> {
        let at = *self.places.get(&id?)?;
        self.tasks.get_mut(at)
    }
}
