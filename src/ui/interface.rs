//! The one way to the user: what tasks, steps and commands show, and their results.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::activity::{self, Activities};
use super::cell::{Beside, Cell, Seen};
use super::direction::Direction;
use super::event::{CheckResult, Event, Span, Subject};
use super::image::{CopySource, Image};
use super::interrupts::Interrupts;
use super::options::Options;
use super::packages::PackageChanges;
use super::printer::Printer;
use super::range::Range;
use super::redact::Secrets;
use super::reports::recorder::{Beneath, Ended};
use super::screen::{self, Screen};
use super::spans::Spans;
use super::status::Status;
use super::terminal::{Streams, Terminal};
use super::whereabouts::Part;
use super::{bars, json, table};
use crate::report::{Activity, Level, Report, Stream};
use crate::{Error, Place, Result};

/// The one way to the user, shared by `Arc`; every call may be made from any thread.
pub struct Ui {
    pub(super) printer: Arc<Printer>,
    pub(super) activities: Arc<Activities>,
    /// The last one told.
    subject: Mutex<Option<Subject>>,
    /// What Ctrl-C is about while a console is open.
    pub(super) interrupts: Interrupts,
    /// One console at a time has the terminal.
    pub(super) terminal: Mutex<()>,
}

/// The result of one check.
#[derive(Debug, Clone)]
pub struct Check {
    pub what: String,
    pub result: CheckResult,
    /// `null` where the check does not say.
    pub wanted: Value,
    pub found: Value,
    /// What was wanted and found of one that failed; why it was skipped.
    pub why: String,
    /// What it belongs to.
    pub item: Option<String>,
    pub seconds: Option<f64>,
}

impl Ui {
    #[must_use]
    pub fn new(options: Options) -> Arc<Ui> {
        let streams = Streams {
            stdin: std::io::stdin().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
            columns: console::Term::stderr().size_checked().map(|(_, columns)| columns.into()),
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
        let printer = Arc::new(Printer::new(options, terminal, screen));
        Ui::of(printer)
    }

    fn of(printer: Arc<Printer>) -> Arc<Ui> {
        let activities = Arc::new(Activities::new(printer.clone()));
        let (interrupts, terminal) = (Interrupts::default(), Mutex::default());
        Arc::new(Ui { printer, activities, subject: Mutex::default(), interrupts, terminal })
    }

    /// The way to the user of one chain of several: its lines carry its name. Nobody can be asked.
    #[must_use]
    pub fn beside(&self, how: Beside) -> Arc<Ui> {
        let printer = Arc::new(self.printer.beside(how));
        Ui::of(printer)
    }

    /// Keeps what is shown in a log in place of the screen, without the same secrets. Nobody can be asked.
    #[must_use]
    pub fn apart(&self, log: Box<dyn Write + Send>, cancel: CancellationToken) -> Arc<Ui> {
        let printer = Arc::new(self.printer.apart(log, cancel));
        Ui::of(printer)
    }

    /// What a chain of several has told so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.printer.cell.as_ref().map(Cell::seen).unwrap_or_default()
    }

    /// Lets the reports of this one tell of a chain beside it, which has ended in this way.
    pub fn report_beside(&self, chain: &Ui, end: Ended) {
        let printer = &chain.printer;
        if let (Some(reported), Some(recorder)) = (&self.printer.recorder, &printer.recorder) {
            recorder.end();
            reported.add_beside(Beneath { end, recorder: Some(recorder.clone()) });
        }
    }

    /// The same of one that was done before, or whose turn never came.
    pub fn report_absent(&self, end: Ended) {
        if let Some(reported) = &self.printer.recorder {
            reported.add_beside(Beneath { end, recorder: None });
        }
    }

    /// The values that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.printer.secrets
    }

    /// Hides them in every text of a document that others will read.
    pub fn redact_json(&self, document: &mut serde_json::Value) {
        json::walk(document, &|text| self.secrets().redact(text));
    }

    /// True if there is a user to ask.
    #[must_use]
    pub fn interactive(&self) -> bool {
        self.printer.terminal.interactive
    }

    /// At the end of the program: an error if something could not be written to stdout. A reader
    /// that closed stdout early is no error.
    pub fn finish(&self) -> Result<()> {
        self.printer.screen.failure()
    }

    /// What tasks work on, where somebody wants to know; told only when it has changed.
    pub fn subject(&self, subject: impl FnOnce() -> Option<Subject>) {
        let options = &self.printer.options;
        if !options.json && self.printer.recorder.is_none() && options.log.is_none() {
            return;
        }
        let Some(subject) = subject() else { return };
        let mut last = self.subject.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref() != Some(&subject) {
            self.printer.emit(&Event::Subject(&subject));
            *last = Some(subject);
        }
    }

    pub fn task_started(&self, task: &str) {
        let span = self.spans().begin(Part::Task, task);
        self.printer.emit(&Event::TaskStarted { span, task });
    }

    pub fn task_finished(&self, task: &str, seconds: f64, ok: bool) {
        let id = self.spans().end(Part::Task, task);
        self.printer.emit(&Event::TaskFinished { id, task, seconds, ok });
    }

    pub fn step_started(&self, script: &str, step: &str) {
        let span = self.spans().begin(Part::Step, step);
        self.printer.emit(&Event::StepStarted { span, script, step });
    }

    /// `changed` is false when the step found that there was nothing to do.
    pub fn step_finished(&self, step: &str, seconds: f64, changed: bool) {
        let id = self.spans().end(Part::Step, step);
        self.printer.emit(&Event::StepFinished { id, step, seconds, changed });
    }

    pub fn step_skipped(&self, step: &str, why: &str) {
        let span = self.spans().skipped(step);
        self.printer.emit(&Event::StepSkipped { span, step, why });
    }

    /// One that was left at a breakpoint, to be done again.
    pub fn step_repeated(&self, step: &str) {
        let id = self.spans().end(Part::Step, step);
        let span = Span { id, within: self.spans().innermost() };
        self.printer.emit(&Event::StepRepeated { span, step, why: "left to be repeated" });
    }

    pub fn step_failed(&self, step: &str) {
        let id = self.spans().end(Part::Step, step);
        self.printer.emit(&Event::StepFailed { id, step });
    }

    /// A check has passed, has failed or was skipped.
    pub fn check(&self, check: &Check) {
        let Check { what, result, wanted, found, why, item, seconds } = check;
        self.printer.emit(&Event::Check {
            within: self.spans().innermost(),
            check: what,
            result: *result,
            wanted,
            found,
            why,
            item: item.as_deref(),
            seconds: *seconds,
        });
    }

    /// What a build has changed among the packages.
    pub fn packages(&self, changes: &PackageChanges) {
        self.printer.emit(&Event::Packages { within: self.spans().innermost(), changes });
    }

    /// What is within what: threads that work for this one enter where it is.
    #[must_use]
    pub fn spans(&self) -> &Spans {
        &self.printer.spans
    }

    /// What a dry run would change, of which kind; with a diff, or a list of files.
    pub fn planned(&self, kind: &'static str, what: &str, details: Option<&str>) {
        let within = self.spans().innermost();
        self.printer.emit(&Event::Planned { within, kind, what, details });
    }

    /// How much a dry run would change, in words.
    pub fn plan(&self, counted: &str) {
        self.printer.emit(&Event::Plan { counted });
    }

    /// What the chain has done, at its end.
    pub fn summary(&self) {
        let tasks = self.printer.tally.tasks();
        if !tasks.is_empty() {
            self.printer.emit(&Event::Summary { tasks: &tasks });
        }
    }

    /// A script's `print`: stdout.
    pub fn print(&self, text: &str) {
        self.printer.emit(&Event::Print { within: self.spans().innermost(), text });
    }

    /// `created server image: ID` on stdout.
    pub fn created_image(&self, image: &Image) {
        self.printer.emit(&Event::CreatedImage(image));
    }

    /// A copy of an image is there; `changed` is false when it was there before.
    pub fn copied_image(&self, image: &Image, source: &CopySource, changed: bool) {
        self.printer.emit(&Event::CopiedImage { image, source, changed });
    }

    /// An image was deleted.
    pub fn deleted_image(&self, image: &Image) {
        self.printer.emit(&Event::DeletedImage(image));
    }

    /// In JSON, tells what there is of a run and returns true; else returns false.
    pub fn status(&self, status: &Status) -> bool {
        self.printer.emit(&Event::Status(status));
        self.printer.options.json
    }

    /// An aligned table on stdout; in JSON, an event a row with the headers as keys (`Created at`
    /// becomes `created_at`) and the name of the table.
    pub fn table(&self, table: &'static str, headers: &[&str], rows: &[Vec<String>]) {
        let printer = &self.printer;
        if printer.options.json {
            let key = |header: &&str| header.to_lowercase().replace(' ', "_");
            for row in rows {
                let row = headers.iter().map(key).zip(row.iter().cloned().map(Into::into));
                printer.emit(&Event::Row { table, row: row.collect() });
            }
            return;
        }
        let clean = |cell: &str| printer.text(cell).replace('\n', " ");
        let headers: Vec<_> = headers.iter().map(|header| clean(header)).collect();
        let rows: Vec<Vec<_>> =
            rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect()).collect();
        printer.lines(screen::Stream::Stdout, &table::render(&headers, &rows));
    }

    /// In JSON, emits an event for each record and returns true; else returns false.
    pub fn records(
        &self,
        table: &'static str,
        records: impl IntoIterator<Item = Map<String, Value>>,
    ) -> bool {
        if self.printer.options.json {
            records.into_iter().for_each(|row| self.printer.emit(&Event::Row { table, row }));
        }
        self.printer.options.json
    }

    /// A mistake that was found without running what has it.
    pub fn diagnostic(
        &self,
        severity: &'static str,
        code: &'static str,
        message: &str,
        place: &Place,
        hint: Option<&str>,
    ) {
        let (file, range) = (place.file.as_str(), Range::of(place));
        let event = Event::Diagnostic { severity, code, message, file, range, hint, place };
        self.printer.emit(&event);
    }

    /// A process begins: its first event is told before any other one.
    pub fn begin(&self) {
        self.printer.stream.begin();
    }

    /// The run that the state file knows when the process begins.
    pub fn note_run(&self, run: &str) {
        self.printer.stream.note_run(run);
    }

    /// The process ends with this code: its last event.
    pub fn end(&self, exit_code: u8) {
        if let Some(seconds) = self.printer.stream.seconds() {
            self.printer.emit(&Event::End { exit_code, seconds });
        }
    }

    /// Shows the error of a line of a console, or one that a question is about: the run may well succeed.
    pub fn error_in_passing(&self, error: &Error) {
        self.printer.aside(&Event::error(error));
    }

    /// Shows an error, on stderr.
    pub fn error(&self, error: &Error) {
        self.printer.emit(&Event::error(error));
    }
}

impl Report for Ui {
    fn log(&self, level: Level, message: &str) {
        self.printer.emit(&Event::Log { within: self.spans().innermost(), level, message });
    }

    fn output(&self, host: &str, stream: Stream, line: &str) {
        self.printer.output(self.spans().innermost(), host, stream, line);
    }

    fn activity(&self, label: &str) -> Box<dyn Activity> {
        Box::new(activity::start(&self.activities, label, true))
    }

    fn sent(&self, server: &str, what: &str, text: &dyn Fn() -> String) {
        self.exchange(Direction::Sent, server, what, text);
    }

    fn received(&self, server: &str, what: &str, text: &dyn Fn() -> String) {
        self.exchange(Direction::Read, server, what, text);
    }

    fn secret(&self, value: &str) {
        self.secrets().add(value);
    }

    fn redacted(&self, text: &str) -> String {
        self.secrets().redact(text)
    }
}
