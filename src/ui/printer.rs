//! Shows events: as lines or JSON, as loud as the options say, and without secrets.

use std::sync::{Mutex, PoisonError};

use super::event::Event;
use super::human::Human;
use super::options::Options;
use super::redact::Secrets;
use super::screen::{Screen, Stream};
use super::terminal::Terminal;
use super::{clean, json};

/// Shows events on the screen, redacted.
pub(super) struct Printer {
    pub(super) options: Options,
    pub(super) terminal: Terminal,
    pub(super) human: Human,
    pub(super) screen: Screen,
    pub(super) secrets: Secrets,
    /// Tasks that have begun and shown nothing yet. The start and end of a task that only prints
    /// its result, such as `help` or `ssh`, are not shown, however long it takes.
    quiet_tasks: Mutex<Vec<String>>,
}

impl Printer {
    pub(super) fn new(options: Options, terminal: Terminal, screen: Screen) -> Printer {
        let (human, secrets) = (Human::new(terminal), Secrets::default());
        Printer { options, terminal, human, screen, secrets, quiet_tasks: Mutex::default() }
    }

    pub(super) fn emit(&self, event: &Event<'_>) {
        if event.loudness() > self.options.verbosity {
            return;
        }
        let text = |text: &str| self.text(text);
        if self.options.json {
            self.screen.write(Stream::Stdout, &json::render(event, &text));
            return;
        }
        let mut quiet = self.quiet_tasks.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::TaskStarted { task } => return quiet.push((*task).to_string()),
            Event::TaskFinished { task, ok: true, .. }
                if quiet.last().is_some_and(|last| last == task) =>
            {
                quiet.pop();
                return;
            }
            _ => {}
        }
        let (stream, lines) = self.human.render(event, &text);
        if stream == Stream::Stderr {
            for task in quiet.drain(..) {
                let (stream, lines) = self.human.render(&Event::TaskStarted { task: &task }, &text);
                self.screen.write(stream, &lines);
            }
        }
        self.screen.write(stream, &lines);
    }

    /// The text without control characters and secrets. In this order, so that control characters
    /// cannot hide a secret from the redactor.
    pub(super) fn text(&self, text: &str) -> String {
        self.secrets.redact(&clean::text(text))
    }
}
