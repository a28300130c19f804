//! Shows events: as lines or JSON, as loud as the options say, and without secrets.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::cell::{Beside, Cell};
use super::event::{Event, Span};
use super::event_stream::EventStream;
use super::human::Human;
use super::options::Options;
use super::redact::Secrets;
use super::reports::recorder::Recorder;
use super::screen::{Screen, Stream};
use super::spans::Spans;
use super::tally::Tally;
use super::terminal::Terminal;
use super::whereabouts::Whereabouts;
use super::{clean, json};
use crate::report::Stream as OutputStream;

/// A log that standard output and error share.
#[derive(Clone)]
struct Both(Arc<Mutex<Box<dyn Write + Send>>>);

impl Write for Both {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// Of imgctl.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Shows events on the screen, redacted.
pub(super) struct Printer {
    pub(super) options: Options,
    pub(super) terminal: Terminal,
    pub(super) human: Human,
    pub(super) screen: Arc<Screen>,
    pub(super) secrets: Arc<Secrets>,
    /// What it shows is of one chain of several.
    pub(super) cell: Option<Cell>,
    /// Tasks that have begun and shown nothing yet. The start and end of a task that only prints
    /// its result, such as `help` or `ssh`, are not shown, however long it takes.
    quiet_tasks: Mutex<Vec<String>>,
    pub(super) spans: Spans,
    /// Keeps what is shown, and more, for reports. None: nobody wants one.
    pub(super) recorder: Option<Arc<Recorder>>,
    pub(super) stream: Arc<EventStream>,
    pub(super) tally: Tally,
}

impl Printer {
    pub(super) fn new(options: Options, terminal: Terminal, screen: Screen) -> Printer {
        let (human, secrets) = (Human::new(terminal), Arc::default());
        let screen = Arc::new(screen);
        let recorder = options.records.then(Arc::default);
        Printer {
            options,
            terminal,
            human,
            screen,
            secrets,
            cell: None,
            quiet_tasks: Mutex::default(),
            spans: Spans::default(),
            recorder,
            stream: Arc::default(),
            tally: Tally::default(),
        }
    }

    /// Shows one chain of several, on the same screen and without the same secrets.
    pub(super) fn beside(&self, how: Beside) -> Printer {
        // Several chains cannot ask one user.
        let terminal = Terminal { interactive: false, ..self.terminal };
        let human = Human::new(terminal);
        Printer {
            options: self.options.clone(),
            terminal,
            cell: Some(Cell::new(how, &self.screen, &human)),
            human,
            screen: self.screen.clone(),
            secrets: self.secrets.clone(),
            quiet_tasks: Mutex::default(),
            spans: Spans::default(),
            recorder: self.recorder.as_ref().map(|_| Arc::new(Recorder::of_one_of_many())),
            stream: self.stream.clone(),
            tally: Tally::default(),
        }
    }

    /// Shows what is told in a log, and keeps no record of it.
    pub(super) fn apart(&self, log: Box<dyn Write + Send>, cancel: CancellationToken) -> Printer {
        let terminal = Terminal { unicode: self.terminal.unicode, ..Terminal::default() };
        let options = Options { cancel, ..Options::default() };
        let log = Both(Arc::new(Mutex::new(log)));
        let screen = Screen::new(Box::new(log.clone()), Box::new(log), None);
        Printer { secrets: self.secrets.clone(), ..Printer::new(options, terminal, screen) }
    }

    pub(super) fn emit(&self, event: &Event<'_>) {
        self.tally.take(event);
        if let Some(log) = &self.options.log {
            log.take(self.chain(), event, &|text: &str| self.text(text));
        }
        if let Some(recorder) = &self.recorder {
            recorder.take(event, &|text: &str| self.text(text));
        }
        match &self.cell {
            Some(cell) => self.emit_in(cell, event),
            None => self.emit_alone(event),
        }
        if let Some(id) = event.ends() {
            self.spans.forget(id, event.is_failure());
        }
    }

    /// Shows an event of which there is no record: what is answered in a conversation is part of no task.
    pub(super) fn aside(&self, event: &Event<'_>) {
        let text = |text: &str| self.text(text);
        if !self.options.json {
            let (stream, lines) = self.human.render(event, &text);
            return self.lines(stream, &lines);
        }
        if let Some(log) = &self.options.log {
            log.take(self.chain(), event, &text);
        }
        self.write_json(event);
    }

    /// The event as a line of JSON.
    fn write_json(&self, event: &Event<'_>) {
        let is_failure = matches!(event, Event::Error { .. });
        let place = self.spans.place(event.belongs_to(), is_failure);
        let text = |text: &str| self.text(text);
        let combination = self.cell.as_ref().map(|cell| cell.label.as_str());
        self.stream.first(|run| {
            let begin = Event::Begin { version: json::VERSION, imgctl: VERSION, run };
            let line = json::render(&begin, None, &Whereabouts::default(), &text);
            self.screen.write(Stream::Stdout, &line);
        });
        self.screen.write(Stream::Stdout, &json::render(event, combination, &place, &text));
        if is_failure && self.screen.failure().is_err() {
            // Where nobody can read it, it would be no error at all.
            self.screen.write(Stream::Stderr, &self.human.render(event, &text).1);
        }
    }

    fn emit_in(&self, cell: &Cell, event: &Event<'_>) {
        let text = |text: &str| self.text(text);
        cell.note(event, &text);
        if event.is_for_people(self.options.verbosity.max(0)) {
            let plain = Human::new(Terminal { color: false, columns: None, ..self.terminal });
            cell.log(&plain.render(event, &text).1);
        }
        let loudest = if cell.has_bar() { -1 } else { self.options.verbosity };
        if self.options.json && event.loudness() <= loudest {
            return self.write_json(event);
        }
        if self.options.json || !event.is_for_people(loudest) {
            return;
        }
        let (stream, lines) = self.human.render(event, &text);
        self.screen.write(stream, &cell.labelled(&lines, self.human.marks.rule));
    }

    /// Lines that are no event, such as a table.
    pub(super) fn lines(&self, stream: Stream, lines: &str) {
        if let Some(log) = &self.options.log {
            log.lines(self.chain(), lines);
        }
        match &self.cell {
            Some(cell) => {
                cell.log(lines);
                self.screen.write(stream, &cell.labelled(lines, self.human.marks.rule));
            }
            None => self.screen.write(stream, lines),
        }
    }

    /// The name of this chain, where there are several.
    fn chain(&self) -> Option<&str> {
        self.cell.as_ref().map(|cell| cell.label.as_str())
    }

    fn emit_alone(&self, event: &Event<'_>) {
        let text = |text: &str| self.text(text);
        if self.options.json && event.loudness() <= self.options.verbosity {
            return self.write_json(event);
        }
        if self.options.json || !event.is_for_people(self.options.verbosity) {
            return;
        }
        let mut quiet = self.quiet_tasks.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::TaskStarted { task, .. } => return quiet.push((*task).to_string()),
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
                let span = Span { id: 0, within: None };
                let event = Event::TaskStarted { span, task: &task };
                let (stream, lines) = self.human.render(&event, &text);
                self.screen.write(stream, &lines);
            }
        }
        self.screen.write(stream, &lines);
    }

    /// A line that a command printed: a secret may begin in one and end in another.
    pub(super) fn output(&self, within: Option<u64>, host: &str, stream: OutputStream, line: &str) {
        // The same host of another chain is another one.
        let chain = self.cell.as_ref().map(|cell| cell.label.as_str()).unwrap_or_default();
        let key = format!("{chain} {host} {stream:?}");
        let line = &self.secrets.redact_next(&key, &clean::line(line));
        self.emit(&Event::Output { within, host, stream, line });
    }

    /// Whether somebody wants to know when commands begin and end; waits count as reading. In JSON they
    /// are told without being asked for.
    pub(super) fn follows_commands(&self, reads: bool) -> bool {
        let least = if self.options.json && !reads { 0 } else { 1 };
        let is_kept = self.recorder.is_some() || self.options.log.is_some();
        is_kept || self.options.verbosity >= least
    }

    /// Whether somebody wants to know what is read, sent and compared.
    pub(super) fn follows_exchanges(&self) -> bool {
        self.options.log.is_some() || self.options.verbosity > 1
    }

    /// The text without control characters and secrets. In this order, so that control characters
    /// cannot hide a secret from the redactor.
    pub(super) fn text(&self, text: &str) -> String {
        self.secrets.redact(&clean::text(text))
    }
}
