//! What a console has of the terminal, and what Ctrl-C is about while it is open.

use std::io::{self, Write};
use std::sync::PoisonError;

use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio_util::sync::CancellationToken;

use super::event::Event;
use super::interface::Ui;
use super::interrupts::Interrupted;
use crate::report::{Level, Report};

impl Ui {
    /// Until the value is dropped, a console is open: Ctrl-C does not end what is around it.
    pub fn console(&self) -> Console<'_> {
        self.interrupts.state().consoles += 1;
        Console(self)
    }

    /// Does the work of a line, which Ctrl-C ends without ending what is `around` it.
    pub fn interruptible<T>(
        &self,
        around: &CancellationToken,
        work: impl FnOnce(CancellationToken) -> T,
    ) -> T {
        let cancel = around.child_token();
        self.interrupts.state().lines.push(cancel.clone());
        let _end = End(self);
        work(cancel)
    }

    /// Does `work` while no other console has the terminal. Whoever has it must not ask for it again.
    pub fn alone_at_terminal<T>(&self, work: impl FnOnce() -> T) -> T {
        let _turn = self.terminal.lock().unwrap_or_else(PoisonError::into_inner);
        work()
    }

    /// Ctrl-C was pressed while a line may be worked on: one that is gets cancelled, with this warning.
    pub fn interrupt_line(&self, warning: &str) -> Interrupted {
        let _telling = self.interrupts.telling();
        let became = self.cancel_line();
        // Afterwards, because a question holds the screen until it is answered or cancelled.
        if became == Interrupted::Line {
            self.log(Level::Warning, warning);
        }
        became
    }

    fn cancel_line(&self) -> Interrupted {
        let state = self.interrupts.state();
        match state.lines.last() {
            None if state.consoles > 0 => Interrupted::Console,
            None => Interrupted::Nothing,
            Some(line) if line.is_cancelled() => Interrupted::Again,
            Some(line) => {
                line.cancel();
                Interrupted::Line
            }
        }
    }

    /// Reads a line in a mode of the terminal that [`Ui::stop_typing`] can leave.
    pub(super) fn typing<T>(&self, read: impl FnOnce() -> T) -> T {
        self.interrupts.state().typing = tcgetattr(io::stdin()).ok();
        let read = read();
        self.interrupts.state().typing = None;
        read
    }

    /// If a console reads a line, makes the terminal as it was before, warns on a line of its own, and returns true.
    pub fn stop_typing(&self, warning: &str) -> bool {
        let Some(before) = self.interrupts.state().typing.take() else { return false };
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        let event = Event::Log { within: None, level: Level::Warning, message: warning };
        let (_, line) = self.printer.human.render(&event, &str::to_owned);
        // The screen is held by who reads the line, and is not given back any more.
        let _ = io::stderr().write_all(format!("\n{line}\n").as_bytes());
        true
    }
}

/// See [`Ui::console`].
pub struct Console<'u>(&'u Ui);

impl Drop for Console<'_> {
    fn drop(&mut self) {
        self.0.interrupts.state().consoles -= 1;
    }
}

/// The end of a line, also by a panic.
struct End<'u>(&'u Ui);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.interrupts.state().lines.pop();
        // The next line takes the screen: what ended this one would be told after it.
        drop(self.0.interrupts.telling());
    }
}
