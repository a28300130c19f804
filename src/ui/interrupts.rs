//! What Ctrl-C is about: the line of a console that is being worked on, else the whole process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::Termios;
use tokio_util::sync::CancellationToken;

/// What became of Ctrl-C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupted {
    /// The line of a console, which goes on with the next one.
    Line,
    /// A line that was interrupted before and has not ended yet.
    Again,
    /// A console between two lines.
    Console,
    /// No console is open.
    Nothing,
}

#[derive(Default)]
pub struct Interrupts {
    state: Mutex<State>,
    /// Held from the moment a line is cancelled until the terminal has said so.
    telling: Mutex<()>,
}

#[derive(Default)]
pub(super) struct State {
    /// The lines that consoles work on, outermost first.
    pub(super) lines: Vec<CancellationToken>,
    /// How many consoles are open.
    pub(super) consoles: usize,
    /// How the terminal was before a console began to read a line.
    pub(super) typing: Option<Termios>,
}

impl Interrupts {
    /// What ends the line that is worked on now.
    pub fn innermost(&self) -> Option<CancellationToken> {
        self.state().lines.last().cloned()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Every write is a single assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn telling(&self) -> MutexGuard<'_, ()> {
        self.telling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
