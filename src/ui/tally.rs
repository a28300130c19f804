//! What a chain has done so far: its tasks and their steps, for the summary at its end.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::event::Event;

/// A task of a chain, and what its steps did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Done {
    pub task: String,
    /// How many tasks it is within.
    pub depth: usize,
    /// None: it has not ended.
    pub ok: Option<bool>,
    pub seconds: f64,
    /// Steps that were carried out to their end.
    pub run: usize,
    /// Of these, the ones that found something to do.
    pub changed: usize,
    pub skipped: usize,
    pub failed: usize,
}

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

/// Whether there is more to say than what the end of its only task says.
pub fn is_worth_telling(tasks: &[Done]) -> bool {
    tasks.len() > 1 || tasks.iter().any(|task| task.steps() > 0)
}

/// All of a chain in one.
pub fn total(tasks: &[Done]) -> Done {
    let mut total = Done::default();
    for task in tasks {
        total.run += task.run;
        total.changed += task.changed;
        total.skipped += task.skipped;
        total.failed += task.failed;
        if task.depth == 0 {
            total.seconds += task.seconds;
        }
    }
    total
}

impl Done {
    fn steps(&self) -> usize {
        self.run + self.skipped + self.failed
    }

    /// `25 steps: 21 changed, 3 unchanged, 1 skipped`; empty without steps.
    pub fn counted(&self) -> String {
        let unchanged = self.run - self.changed;
        let counts = [
            (self.changed, "changed"),
            (unchanged, "unchanged"),
            (self.skipped, "skipped"),
            (self.failed, "failed"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<_> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        match self.steps() {
            0 => String::new(),
            1 => format!("1 step: {}", words.join(", ")),
            steps => format!("{steps} steps: {}", words.join(", ")),
        }
    }
}
