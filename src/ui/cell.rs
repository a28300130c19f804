//! One of several chains that run side by side: its lines carry its name, all of them are in a log of
//! its own, and a terminal shows one bar for it.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;

use super::bars;
use super::event::Event;
use super::human::Human;
use super::screen::Screen;

/// What a chain has told so far.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The id of the newest image.
    pub image: Option<String>,
    /// The innermost task or step that failed: `bootstrap: packages`.
    pub failed: Option<String>,
}

pub struct Cell {
    pub label: String,
    width: usize,
    log: Mutex<Box<dyn Write + Send>>,
    seen: Mutex<Seen>,
    /// Running tasks, outermost first, and the step of the last of them.
    doing: Mutex<Vec<String>>,
    bar: Option<ProgressBar>,
}

/// How a chain is shown beside others.
pub struct Beside {
    pub label: String,
    /// How wide the names of all chains are.
    pub width: usize,
    /// At a terminal: one bar, and lines only for what matters.
    pub has_bar: bool,
    /// Gets all lines, without colours.
    pub log: Box<dyn Write + Send>,
}

impl Cell {
    pub fn new(beside: Beside, screen: &Screen, human: &Human) -> Cell {
        let Beside { label, width, has_bar, log } = beside;
        let bar = screen.bars.as_ref().filter(|_| has_bar).map(|all| {
            let bar = bars::add(all, human.marks, Duration::ZERO);
            bar.enable_steady_tick(Duration::from_millis(500));
            bar.set_message(label.clone());
            bar
        });
        Cell {
            label,
            width,
            log: Mutex::new(log),
            seen: Mutex::default(),
            doing: Mutex::default(),
            bar,
        }
    }

    pub fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    /// Whether a bar shows what it does, so that only what matters is a line.
    pub fn has_bar(&self) -> bool {
        self.bar.is_some()
    }

    /// Whole lines for the log, without colours.
    pub fn log(&self, lines: &str) {
        // A log on a full disk must not end a build.
        let _ = writeln!(lock(&self.log), "{lines}");
    }

    /// The lines as they stand among those of others.
    pub fn labelled(&self, lines: &str, rule: &str) -> String {
        let width = self.width;
        let line = |line: &str| format!("{:width$} {rule} {line}", self.label);
        lines.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    /// What an event says of the chain.
    pub fn note(&self, event: &Event<'_>, text: &dyn Fn(&str) -> String) {
        let mut doing = lock(&self.doing);
        match event {
            Event::TaskStarted { task, .. } => doing.push(text(task)),
            Event::TaskFinished { ok, .. } => {
                let failed = doing.join(": ");
                doing.pop();
                if !ok {
                    lock(&self.seen).failed.get_or_insert(failed);
                }
            }
            Event::StepStarted { step, .. } => doing.push(text(step)),
            Event::StepFinished { .. } | Event::StepRepeated { .. } => drop(doing.pop()),
            Event::StepFailed { .. } => {
                let failed = doing.iter().rev().take(2).rev().cloned().collect::<Vec<_>>();
                lock(&self.seen).failed.get_or_insert(failed.join(": "));
                doing.pop();
            }
            Event::CreatedImage(image) => lock(&self.seen).image = Some(text(&image.id)),
            _ => return,
        }
        self.show(&doing.join(": "), None, None);
    }

    /// What a long operation does now, behind the name of the step.
    pub fn progress(&self, what: &str, done: Option<u64>, total: Option<u64>) {
        let doing = lock(&self.doing).join(": ");
        self.show(&format!("{doing}: {what}"), done, total);
    }

    fn show(&self, what: &str, done: Option<u64>, total: Option<u64>) {
        let Some(bar) = &self.bar else { return };
        let percent = match (done, total) {
            (Some(done), Some(total @ 1..)) => {
                format!(" {} %", u128::from(done.min(total)) * 100 / u128::from(total))
            }
            _ => String::new(),
        };
        bar.set_message(format!("{:width$}  {what}{percent}", self.label, width = self.width));
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only for display: an incomplete change does no harm.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
