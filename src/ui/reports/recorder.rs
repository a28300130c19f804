//! Keeps the events of a run for the reports at its end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bounds::{
    BRIEF, ENTRIES, OUTPUT_END, OUTPUT_OF_ALL, OUTPUT_OF_ONE, OUTPUT_OF_ONE_CHAIN, TEXT, cut,
};
use super::kept::Kept;
use super::record::{Check, Entry, Failure, Host, Image, Outcome, Record, What};
use crate::report::Level;
use crate::ui::event::{Event, Span, Subject};

/// Listens to all events, whatever is shown of them.
pub struct Recorder {
    state: Mutex<State>,
    beside: Mutex<Vec<Beneath>>,
}

/// One chain of several, in the report of all.
#[derive(Clone)]
pub struct Beneath {
    pub end: Ended,
    /// None: it did nothing this time.
    pub recorder: Option<Arc<Recorder>>,
}

/// How a chain of several has ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// `ec2/us-west-2/centos7`
    pub label: String,
    pub how: How,
    pub image: Option<String>,
    /// How long all tries took.
    pub seconds: f64,
    /// The task and step: `bootstrap: packages`.
    pub failed: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Done,
    /// By an earlier command.
    DoneBefore,
    Failed,
    Stopped,
    NotBegun,
}

struct State {
    record: Record,
    /// By the id of the event: its place in the record.
    places: HashMap<u64, usize>,
    /// Bytes of output that are kept, and how many may be.
    output: isize,
    most: usize,
}

impl Default for Recorder {
    fn default() -> Self {
        Recorder::keeping(OUTPUT_OF_ALL)
    }
}

/// A record that does not change meanwhile.
pub struct Held<'r>(MutexGuard<'r, State>);

impl std::ops::Deref for Held<'_> {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.0.record
    }
}

impl Recorder {
    /// `text` cleans and redacts.
    pub fn take(&self, event: &Event<'_>, text: &dyn Fn(&str) -> String) {
        let text = |string: &str| cut(&text(string), TEXT);
        self.state().take(event, &text);
    }

    /// All that was kept so far.
    pub fn record(&self) -> Held<'_> {
        Held(self.state())
    }

    /// One of a chain beside others.
    pub fn of_one_of_many() -> Recorder {
        Recorder::keeping(OUTPUT_OF_ONE_CHAIN)
    }

    fn keeping(most: usize) -> Recorder {
        let (record, places) = (Record::new(), HashMap::new());
        let state = Mutex::new(State { record, places, output: 0, most });
        Recorder { state, beside: Mutex::default() }
    }

    /// Nothing more is done.
    pub fn end(&self) {
        let record = &mut self.state().record;
        record.ended = Some(record.now());
    }

    pub fn add_beside(&self, beneath: Beneath) {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner).push(beneath);
    }

    /// The chains beside each other, by name.
    pub fn beside(&self) -> Vec<Beneath> {
        let mut all = self.beside.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_by(|a, b| a.end.label.cmp(&b.end.label));
        all
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The data is only for display: an incomplete change does no harm.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, event: &Event<'_>, text: &dyn Fn(&str) -> String) {
        match event {
            Event::Subject(subject) => self.subject(subject, text),
            Event::TaskStarted { span, task } => self.begin(*span, What::Task, text(task)),
            Event::StepStarted { span, step, .. } => self.begin(*span, What::Step, text(step)),
            Event::WaitStarted { span, activity } => self.begin(*span, What::Wait, text(activity)),
            Event::CommandStarted { span, host, role, command, reads } => {
                let host = Host { name: text(host), role: role.map(text) };
                self.note_host(self.place(span.within), &host);
                let output = Kept::default();
                let what = What::Command { host, reads: *reads, status: None, output };
                self.begin(*span, what, text(command));
            }
            Event::StepSkipped { span, step, why } => {
                self.begin(*span, What::Step, text(step));
                self.end(span.id, Outcome::Skipped(text(why)));
            }
            Event::TaskFinished { id, ok, .. } => {
                self.end(*id, if *ok { Outcome::Done } else { Outcome::Failed });
            }
            Event::StepFinished { id, changed, .. } => {
                self.end(*id, if *changed { Outcome::Done } else { Outcome::Unchanged });
            }
            Event::StepRepeated { span, why, .. } => {
                self.end(span.id, Outcome::Skipped(text(why)));
            }
            Event::StepFailed { id, .. } => self.end(*id, Outcome::Failed),
            Event::CommandFinished { id, status, .. } => self.command_finished(*id, *status),
            Event::WaitFinished { id, .. } => self.end(*id, Outcome::Done),
            Event::Check { within, check, result, why, item, seconds, .. } => {
                let within = self.place(*within);
                if self.record.checks.len() < ENTRIES {
                    self.record.checks.push(Check {
                        within,
                        name: text(check),
                        item: item.map(text),
                        result: *result,
                        why: text(why),
                        seconds: *seconds,
                    });
                }
            }
            Event::Log { within, level, message } => {
                if *level != Level::Debug {
                    self.message(*within, Some(*level), text(message));
                }
            }
            Event::Print { within, text: printed } => {
                self.message(*within, None, text(printed));
            }
            Event::Output { within, host, line, .. } => {
                self.output(*within, text(host), &text(line));
            }
            Event::Packages { within, changes } => {
                let counted = format!("packages since the base image: {}", changes.counted());
                self.message(*within, Some(Level::Info), counted);
                self.record.packages = Some(changes.shown(text));
            }
            Event::CreatedImage(made) => {
                self.record.images.push(Image { id: text(&made.id), name: text(&made.name) });
            }
            Event::Error { code, message, causes, place, hint, .. } => {
                self.record.failure = Some(Failure {
                    code: (*code).to_owned(),
                    message: text(message),
                    causes: causes.iter().map(|cause| text(cause)).collect(),
                    place: place.0.map(|place| text(&place.to_string())),
                    hint: hint.map(text),
                });
            }
            Event::Begin { .. }
            | Event::End { .. }
            | Event::CopiedImage { .. }
            | Event::DeletedImage(_)
            | Event::Status(_)
            | Event::Progress { .. }
            | Event::Row { .. }
            | Event::Diagnostic { .. }
            | Event::Exchange { .. }
            | Event::Plan { .. }
            | Event::Summary { .. } => {}
            Event::Planned { within, what, .. } => {
                self.message(*within, Some(Level::Info), text(&format!("would {what}")));
            }
        }
    }

    fn subject(&mut self, told: &Subject, text: &dyn Fn(&str) -> String) {
        let subject = &mut self.record.subject;
        subject.cloud = text(&told.cloud);
        subject.region = text(&told.region);
        subject.distribution = text(&told.distribution);
        // After `destroy` there is none.
        if !told.run.is_empty() {
            subject.run = text(&told.run);
        }
        let told = told.instances.iter().map(|(role, id)| (text(role), text(id)));
        subject.instances.extend(told);
    }

    fn place(&self, id: Option<u64>) -> Option<usize> {
        id.and_then(|id| self.places.get(&id).copied())
    }

    fn begin(&mut self, span: Span, what: What, name: String) {
        if let Some(at) = self.add(self.place(span.within), what, name) {
            self.places.insert(span.id, at);
        }
    }

    fn add(&mut self, within: Option<usize>, what: What, name: String) -> Option<usize> {
        if self.record.entries.len() >= ENTRIES {
            self.record.left_out += 1;
            return None;
        }
        let began = self.record.now();
        let entry = Entry { within, what, name, began, ended: None, outcome: Outcome::Running };
        self.record.entries.push(entry);
        Some(self.record.entries.len() - 1)
    }

    fn end(&mut self, id: u64, outcome: Outcome) {
        let now = self.record.now();
        let Some(at) = self.places.remove(&id) else { return };
        let is_last = at + 1 == self.record.entries.len();
        let entry = &mut self.record.entries[at];
        entry.ended = Some(now);
        let went_well = outcome != Outcome::Failed;
        entry.outcome = outcome;
        let passes = matches!(entry.what, What::Wait | What::Command { reads: true, .. });
        if passes && went_well && entry.seconds(now) < BRIEF {
            // Thousands of queries take no room.
            if is_last {
                self.record.entries.pop();
            } else {
                entry.what = What::Nothing;
                entry.name = String::new();
            }
        }
    }

    fn command_finished(&mut self, id: u64, ended: Option<i32>) {
        let Some(at) = self.place(Some(id)) else { return };
        let mut went_well = ended.is_some();
        if let What::Command { status, reads, .. } = &mut self.record.entries[at].what {
            *status = ended;
            went_well &= *reads || ended == Some(0);
        }
        self.end(id, if went_well { Outcome::Done } else { Outcome::Failed });
    }

    /// Each task has the hosts of what is within it.
    fn note_host(&mut self, within: Option<usize>, host: &Host) {
        let Some(task) = self.record.task_of(within) else { return };
        let hosts = self.record.hosts.entry(task).or_default();
        if !hosts.contains(host) {
            hosts.push(host.clone());
        }
    }

    fn message(&mut self, within: Option<u64>, level: Option<Level>, text: String) {
        let now = self.record.now();
        let within = self.place(within);
        if let Some(at) = self.add(within, What::Message(level), text) {
            self.record.entries[at].ended = Some(now);
            self.record.entries[at].outcome = Outcome::Done;
        }
    }

    /// Output of no known command belongs to a command without a name.
    fn output(&mut self, within: Option<u64>, host: String, text: &str) {
        let place = self.place(within);
        let is_command = |at: &usize| matches!(self.record.entries[*at].what, What::Command { .. });
        let at = match place.filter(is_command) {
            Some(at) => at,
            None => {
                let host = Host { name: host, role: None };
                let what =
                    What::Command { host, reads: false, status: None, output: Kept::default() };
                let last = self.record.entries.len().checked_sub(1);
                let is_same = |at: &usize| {
                    let entry = &self.record.entries[*at];
                    is_command(at) && entry.name.is_empty() && entry.within == place
                };
                let Some(at) =
                    last.filter(is_same).or_else(|| self.add(place, what, String::new()))
                else {
                    return;
                };
                self.record.entries[at].ended = Some(self.record.now());
                self.record.entries[at].outcome = Outcome::Done;
                at
            }
        };
        let is_full = self.output > self.most.cast_signed();
        let (begin, end) = if is_full { (0, OUTPUT_END) } else { (OUTPUT_OF_ONE, OUTPUT_OF_ONE) };
        if let What::Command { output, .. } = &mut self.record.entries[at].what {
            self.output += output.push(text, begin, end);
        }
    }
}
