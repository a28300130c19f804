//! What the user sees: lines, bars, JSON, questions. Everything shown passes through the redactor.

mod activity;
mod ask;
mod bars;
mod clean;
mod event;
mod forms;
mod human;
mod json;
mod questions;
mod redact;
mod screen;
mod table;
mod terminal;

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use serde_json::{Map, Value};

use crate::report::{Activity, Level, Report, Stream};
use crate::{Error, Result};
use activity::Activities;
use event::Event;
use human::Human;
pub use redact::Secrets;
use screen::Screen;
pub use terminal::{Streams, Terminal};

/// What the command line says about output.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// One JSON object a line on stdout instead of text.
    pub json: bool,
    /// -1 for `-q`, 1 and more for `-v`.
    pub verbosity: i8,
    /// None: as `NO_COLOR`, `CLICOLOR_FORCE`, `TERM` and the terminal say.
    pub color: Option<bool>,
    /// Answer every question with yes.
    pub yes: bool,
    /// Ends a question when Ctrl-C is pressed.
    pub cancel: CancellationToken,
}

/// The one way to the user, shared by `Arc`; every call may be made from any thread.
pub struct Ui {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    terminal: Terminal,
    human: Human,
    screen: Screen,
    secrets: Secrets,
    activities: Activities,
    /// Tasks that have begun and told nothing yet: one that only prints its result, such as
    /// `help`, shows neither beginning nor end.
    quiet_tasks: Mutex<Vec<String>>,
}

/// Seconds from which on a task's end is worth a line, whatever it told.
const NOTABLE: f64 = 1.0;

impl Ui {
    #[must_use]
    pub fn new(options: Options) -> Arc<Ui> {
        let streams = Streams {
            stdin: std::io::stdin().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
        };
        let terminal = Terminal::decide(&options, streams, |name| std::env::var(name).ok());
        let bars = terminal.bars.then(bars::on_stderr);
        let (stdout, stderr) = (Box::new(std::io::stdout()), Box::new(std::io::stderr()));
        Ui::build(options, terminal, Screen::new(stdout, stderr, bars))
    }

    /// Writes elsewhere, without bars.
    #[must_use]
    pub fn to_writers(
        options: Options,
        terminal: Terminal,
        stdout: impl Write + Send + 'static,
        stderr: impl Write + Send + 'static,
    ) -> Arc<Ui> {
        Ui::build(options, terminal, Screen::new(Box::new(stdout), Box::new(stderr), None))
    }

    fn build(options: Options, terminal: Terminal, screen: Screen) -> Arc<Ui> {
        let human = Human::new(terminal);
        let (secrets, activities) = (Secrets::default(), Activities::default());
        let quiet_tasks = Mutex::default();
        let shared = Shared { options, terminal, human, screen, secrets, activities, quiet_tasks };
        Arc::new(Ui { shared: Arc::new(shared) })
    }

    /// The values that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.shared.secrets
    }

    /// True if a person is there to be asked.
    #[must_use]
    pub fn interactive(&self) -> bool {
        self.shared.terminal.interactive
    }

    /// To be asked at the end: whether everything that belongs on stdout got there. A reader that
    /// went away early is no error.
    pub fn finish(&self) -> Result<()> {
        self.shared.screen.failure()
    }

    pub fn task_started(&self, task: &str) {
        self.shared.emit(&Event::TaskStarted { task });
    }

    pub fn task_finished(&self, task: &str, seconds: f64, ok: bool) {
        self.shared.emit(&Event::TaskFinished { task, seconds, ok });
    }

    pub fn step_started(&self, script: &str, step: &str) {
        self.shared.emit(&Event::StepStarted { script, step });
    }

    pub fn step_finished(&self, step: &str, seconds: f64) {
        self.shared.emit(&Event::StepFinished { step, seconds });
    }

    pub fn step_skipped(&self, step: &str, why: &str) {
        self.shared.emit(&Event::StepSkipped { step, why });
    }

    pub fn step_failed(&self, step: &str) {
        self.shared.emit(&Event::StepFailed { step });
    }

    /// A script's `print`: stdout.
    pub fn print(&self, text: &str) {
        self.shared.emit(&Event::Print { text });
    }

    /// A result on a line of its own on stdout.
    pub fn result_line(&self, text: &str) {
        self.shared.emit(&Event::Result { text });
    }

    /// `created server image: ID` on stdout.
    pub fn created_image(&self, id: &str, name: &str) {
        self.shared.emit(&Event::CreatedImage { id, name });
    }

    /// An aligned table on stdout; in JSON, an event a row with the headers as keys (`Created at`
    /// becomes `created_at`).
    pub fn table(&self, headers: &[&str], rows: &[Vec<String>]) {
        let shared = &self.shared;
        if shared.options.json {
            let key = |header: &&str| header.to_lowercase().replace(' ', "_");
            for row in rows {
                let row = headers.iter().map(key).zip(row.iter().cloned().map(Into::into));
                shared.emit(&Event::Row { row: row.collect() });
            }
            return;
        }
        let clean = |cell: &str| shared.text(cell).replace('\n', " ");
        let headers: Vec<_> = headers.iter().map(|header| clean(header)).collect();
        let rows: Vec<Vec<_>> =
            rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect()).collect();
        shared.screen.write(screen::Stream::Stdout, &table::render(&headers, &rows));
    }

    /// In JSON, an event for each of these, and true; else nothing, and false.
    pub fn records(&self, records: impl IntoIterator<Item = Map<String, Value>>) -> bool {
        if self.shared.options.json {
            records.into_iter().for_each(|row| self.shared.emit(&Event::Row { row }));
        }
        self.shared.options.json
    }

    /// What went wrong, on stderr.
    pub fn error(&self, error: &Error) {
        self.shared.emit(&Event::error(error));
    }
}

impl Shared {
    fn emit(&self, event: &Event<'_>) {
        if event.loudness() > self.options.verbosity {
            return;
        }
        let text = |text: &str| self.text(text);
        if self.options.json {
            self.screen.write(screen::Stream::Stdout, &json::render(event, &text));
            return;
        }
        let mut quiet = self.quiet_tasks.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::TaskStarted { task } => return quiet.push((*task).to_string()),
            Event::TaskFinished { task, ok: true, seconds }
                if *seconds < NOTABLE && quiet.last().is_some_and(|last| last == task) =>
            {
                quiet.pop();
                return;
            }
            _ => {}
        }
        let (stream, lines) = self.human.render(event, &text);
        if stream == screen::Stream::Stderr {
            for task in quiet.drain(..) {
                let (stream, lines) = self.human.render(&Event::TaskStarted { task: &task }, &text);
                self.screen.write(stream, &lines);
            }
        }
        self.screen.write(stream, &lines);
    }

    /// As it may be shown: nothing that drives the terminal, no secret. In this order, so that
    /// control characters cannot hide a secret from the redactor.
    fn text(&self, text: &str) -> String {
        self.secrets.redact(&clean::text(text))
    }
}

impl Report for Ui {
    fn log(&self, level: Level, message: &str) {
        self.shared.emit(&Event::Log { level, message });
    }

    fn output(&self, host: &str, stream: Stream, line: &str) {
        let line = &clean::line(line);
        self.shared.emit(&Event::Output { host, stream, line });
    }

    fn activity(&self, label: &str) -> Box<dyn Activity> {
        Box::new(activity::start(&self.shared, label))
    }
}
