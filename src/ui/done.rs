//! What a task of a chain has done, for the summary.

use serde::Serialize;

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
