//! What the user sees: lines, bars, JSON, questions. Everything shown passes through the redactor.

mod redact;

use std::sync::Arc;

use crate::report::{Activity, Level, Report, Stream};
use crate::{Error, Result};
pub use redact::Secrets;

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
}

pub struct Ui {}

impl Ui {
    #[must_use]
    pub fn new(options: Options) -> Arc<Ui> {
        let _ = options;
        todo!()
    }
    /// The values that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        todo!()
    }
    /// True if a person is there to be asked.
    #[must_use]
    pub fn interactive(&self) -> bool {
        todo!()
    }
    pub fn task_started(&self, name: &str) {
        let _ = name;
    }
    pub fn task_finished(&self, name: &str, seconds: f64, ok: bool) {
        let _ = (name, seconds, ok);
    }
    pub fn step_started(&self, script: &str, name: &str) {
        let _ = (script, name);
    }
    pub fn step_finished(&self, name: &str, seconds: f64) {
        let _ = (name, seconds);
    }
    pub fn step_skipped(&self, name: &str, why: &str) {
        let _ = (name, why);
    }
    pub fn step_failed(&self, name: &str) {
        let _ = name;
    }
    /// A script's `print`: stdout.
    pub fn print(&self, text: &str) {
        let _ = text;
    }
    /// A result on a line of its own on stdout.
    pub fn result_line(&self, text: &str) {
        let _ = text;
    }
    /// `created server image: ID` on stdout.
    pub fn created_image(&self, id: &str, name: &str) {
        let _ = (id, name);
    }
    /// An aligned table on stdout; in JSON, an event a row with the headers as keys.
    pub fn table(&self, headers: &[&str], rows: &[Vec<String>]) {
        let _ = (headers, rows);
    }
    /// What went wrong, on stderr.
    pub fn error(&self, error: &Error) {
        let _ = error;
    }
    /// `--yes` answers yes; with nobody to ask, an error that says so.
    pub fn confirm(&self, question: &str, default: bool) -> Result<bool> {
        let _ = (question, default);
        todo!()
    }
    /// Empty input takes the default; so does `--yes`.
    pub fn prompt(&self, question: &str, default: Option<&str>) -> Result<String> {
        let _ = (question, default);
        todo!()
    }
    /// Typed without echo, and redacted from then on.
    pub fn password(&self, question: &str) -> Result<String> {
        let _ = question;
        todo!()
    }
}

impl Report for Ui {
    fn log(&self, level: Level, message: &str) {
        let _ = (level, message);
    }
    fn output(&self, host: &str, stream: Stream, line: &str) {
        let _ = (host, stream, line);
    }
    fn activity(&self, label: &str) -> Box<dyn Activity> {
        let _ = label;
        Box::new(crate::report::Silent)
    }
}
