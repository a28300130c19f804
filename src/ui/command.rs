//! A command on a host, from its begin to its end: its output is told with the command's id.

use std::sync::Arc;
use std::time::Instant;

use super::activity::{self, Activities};
use super::event::Event;
use super::interface::Ui;
use super::printer::Printer;
use crate::report::{Activity, Level, Report, Stream, Watch};

/// A command that begins.
#[derive(Debug, Clone, Copy)]
pub struct Begun<'c> {
    /// The host's name.
    pub host: &'c str,
    /// Of the run's instance that the host is.
    pub role: Option<&'c str>,
    /// The id of that instance.
    pub instance: Option<&'c str>,
    pub command: &'c str,
    /// It changes nothing.
    pub reads: bool,
}

/// A command that has begun; dropping it ends it.
pub struct Running {
    printer: Arc<Printer>,
    id: u64,
    host: String,
    command: String,
    reads: bool,
    began: Instant,
    status: Option<i32>,
    watch: Watch,
}

impl Ui {
    /// A command begins. None: nobody wants to know.
    #[must_use]
    pub fn command(self: &Arc<Self>, command: &Begun<'_>, watch: &Watch) -> Option<Running> {
        if !self.printer.follows_commands(command.reads) {
            return None;
        }
        let Begun { host, role, instance, command, reads } = *command;
        let printer = self.printer.clone();
        let span = printer.spans.on_host(host, role, instance.map(str::to_owned));
        printer.emit(&Event::CommandStarted { span, host, role, command, reads });
        let activities = self.activities.clone();
        let report = Arc::new(Told { id: span.id, printer: printer.clone(), activities });
        let watch = Watch { report, cancel: watch.cancel.clone() };
        let (id, began) = (span.id, Instant::now());
        let (host, command) = (host.to_owned(), command.to_owned());
        Some(Running { printer, id, host, command, reads, began, status: None, watch })
    }
}

impl Running {
    /// What the command reports to.
    #[must_use]
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// It has ended with this status.
    pub fn ended(mut self, status: i32) {
        self.status = Some(status);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let seconds = self.began.elapsed().as_secs_f64();
        let Running { id, status, reads, ref host, ref command, .. } = *self;
        self.printer.emit(&Event::CommandFinished { id, host, command, reads, seconds, status });
    }
}

/// Tells what a command prints, from whichever thread.
struct Told {
    id: u64,
    printer: Arc<Printer>,
    activities: Arc<Activities>,
}

impl Report for Told {
    fn log(&self, level: Level, message: &str) {
        self.printer.emit(&Event::Log { within: Some(self.id), level, message });
    }

    fn output(&self, host: &str, stream: Stream, line: &str) {
        self.printer.output(Some(self.id), host, stream, line);
    }

    fn activity(&self, label: &str) -> Box<dyn Activity> {
        // The command itself is told.
        Box::new(activity::start(&self.activities, label, false))
    }

    fn secret(&self, value: &str) {
        self.printer.secrets.add(value);
    }

    fn redacted(&self, text: &str) -> String {
        self.printer.secrets.redact(text)
    }
}
