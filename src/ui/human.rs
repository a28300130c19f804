//! Events as lines of text.

use std::collections::HashSet;

use console::Style;

use super::detail;
use super::duration::duration;
use super::event::Event;
use super::plan;
use super::screen::Stream;
use super::snippet::Snippets;
use super::terminal::Terminal;
use crate::report::{Level, Stream as OutputStream};

pub struct Human {
    color: bool,
    columns: Option<usize>,
    pub marks: &'static Marks,
}

pub struct Marks {
    pub done: &'static str,
    pub doing: &'static str,
    pub failed: &'static str,
    pub skipped: &'static str,
    pub spinner: &'static str,
    pub bar: &'static str,
    /// Between the name of a chain and its line.
    pub rule: &'static str,
}

const UNICODE: Marks = Marks {
    done: "✓",
    doing: "→",
    failed: "✗",
    skipped: "–",
    spinner: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ",
    bar: "█▉▊▋▌▍▎▏ ",
    rule: "│",
};

const ASCII: Marks = Marks {
    done: "ok",
    doing: "->",
    failed: "FAILED",
    skipped: "--",
    spinner: "|/-\\ ",
    bar: "#>-",
    rule: "|",
};

impl Human {
    pub fn new(terminal: Terminal) -> Human {
        let marks = if terminal.unicode { &UNICODE } else { &ASCII };
        Human { color: terminal.color, columns: terminal.columns, marks }
    }

    /// The stream for an event, and its lines. `text` cleans and redacts.
    pub fn render(&self, event: &Event<'_>, text: &dyn Fn(&str) -> String) -> (Stream, String) {
        let stream = match event {
            Event::Print { .. } | Event::CreatedImage(_) | Event::Row { .. } => Stream::Stdout,
            _ => Stream::Stderr,
        };
        (stream, self.lines(event, text))
    }

    fn lines(&self, event: &Event<'_>, text: &dyn Fn(&str) -> String) -> String {
        let Marks { done, doing, failed, skipped, .. } = self.marks;
        let (red, green) = (Style::new().red(), Style::new().green());
        let (dim, bold) = (Style::new().dim(), Style::new().bold());
        let paint = |style: &Style, text: &str| self.paint(style, text);
        if let Some(lines) = plan::lines(event, text, &paint) {
            return lines;
        }
        if let Some(lines) = detail::lines(event, text) {
            return paint(&dim, &indented(&lines));
        }
        match event {
            Event::TaskStarted { task, .. } => paint(&bold, &format!("{doing} {}", text(task))),
            Event::TaskFinished { task, seconds, ok, .. } => {
                let (style, mark) = if *ok { (green, done) } else { (red, failed) };
                let took = paint(&dim, &format!("({})", duration(*seconds)));
                format!("{} {} {took}", paint(&style, mark), paint(&bold, &text(task)))
            }
            Event::StepStarted { step, .. } => format!("  {} {}", paint(&bold, doing), text(step)),
            Event::StepFinished { step, seconds, changed, .. } => {
                let unchanged = if *changed { "" } else { ", unchanged" };
                let took = paint(&dim, &format!("({}{unchanged})", duration(*seconds)));
                format!("  {} {} {took}", paint(&green, done), text(step))
            }
            Event::StepSkipped { step, why, .. } => {
                paint(&dim, &format!("  {skipped} {} ({})", text(step), text(why)))
            }
            Event::StepFailed { step, .. } => format!("  {} {}", paint(&red, failed), text(step)),
            Event::Check { check, .. } => self.log(Level::Success, &text(check)),
            Event::Log { level, message, .. } => self.log(*level, &text(message)),
            Event::Packages { changes, .. } => self
                .log(Level::Info, &format!("packages since the base image: {}", changes.counted())),
            Event::Output { host, stream, line, .. } => {
                self.output(&text(host), *stream, &text(line))
            }
            Event::Progress { activity, status, seconds, done, total } => {
                let what = progress_text(&text(activity), &text(status), *done, *total);
                #[expect(clippy::cast_precision_loss, reason = "a run has few seconds")]
                let took = duration(*seconds as f64);
                paint(&dim, &format!("  … {what} ({took})").replace('…', self.ellipsis()))
            }
            Event::Print { text: string, .. } => text(string),
            Event::Begin { .. }
            | Event::End { .. }
            | Event::Subject(_)
            | Event::CopiedImage { .. }
            | Event::DeletedImage(_)
            | Event::Status(_)
            | Event::StepRepeated { .. }
            | Event::CommandStarted { .. }
            | Event::CommandFinished { .. }
            | Event::Exchange { .. }
            | Event::Summary { .. }
            | Event::Planned { .. }
            | Event::Plan { .. }
            | Event::WaitStarted { .. }
            | Event::WaitFinished { .. } => String::new(),
            Event::CreatedImage(image) => format!("created server image: {}", text(&image.id)),
            Event::Row { row, .. } => {
                let cells: Vec<_> = row.values().filter_map(|cell| cell.as_str()).collect();
                text(&cells.join("  "))
            }
            Event::Diagnostic { severity, message, place, hint, .. } => {
                let style = if *severity == "error" { red } else { Style::new().yellow() };
                let snippets = Snippets { color: self.color, columns: self.columns, text };
                let label = format!("{severity}: ");
                let mut lines = vec![hang(&paint(&style.bold(), &label), &text(message))];
                lines.push(snippets.draw(place, None));
                lines.extend(hint.map(|hint| hang(&paint(&bold, "hint: "), &text(hint))));
                lines.join("\n")
            }
            Event::Error { message, causes, place, findings, hint, .. } => {
                let snippets = Snippets { color: self.color, columns: self.columns, text };
                let mut lines = vec![hang(&paint(&red.bold(), "error: "), &text(message))];
                lines.extend(place.0.map(|place| snippets.draw(place, None)));
                let drawn = findings.iter().map(|it| snippets.draw(&it.place, Some(&it.message)));
                lines.extend(drawn);
                let drawn: HashSet<_> = findings.iter().map(ToString::to_string).collect();
                let causes = causes.iter().filter(|cause| !drawn.contains(*cause));
                lines.extend(causes.map(|cause| hang("  caused by: ", &text(cause))));
                lines.extend(hint.map(|hint| hang(&paint(&bold, "hint: "), &text(hint))));
                lines.join("\n")
            }
        }
    }

    fn log(&self, level: Level, message: &str) -> String {
        let Marks { done, doing, .. } = self.marks;
        match level {
            Level::Debug => self.paint(&Style::new().dim(), &hang("  debug: ", message)),
            Level::Info => {
                hang(&format!("  {} ", self.paint(&Style::new().bold(), doing)), message)
            }
            Level::Success => {
                hang(&format!("  {} ", self.paint(&Style::new().green(), done)), message)
            }
            Level::Warning => hang(&self.paint(&Style::new().yellow(), "warning: "), message),
        }
    }

    fn output(&self, host: &str, stream: OutputStream, line: &str) -> String {
        let host = match stream {
            OutputStream::Stdout => self.paint(&Style::new().dim(), &format!("[{host}]")),
            OutputStream::Stderr => self.paint(&Style::new().yellow(), &format!("[{host}]!")),
        };
        format!("{host} {line}")
    }

    fn ellipsis(&self) -> &'static str {
        if std::ptr::eq(self.marks, &UNICODE) { "…" } else { "..." }
    }

    fn paint(&self, style: &Style, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        style.clone().force_styling(true).apply_to(text).to_string()
    }
}

/// Lines of a task.
fn indented(lines: &str) -> String {
    lines.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// A label before text that may have several lines: the others are indented.
fn hang(label: &str, text: &str) -> String {
    let indent = " ".repeat(console::measure_text_width(label));
    format!("{label}{}", text.trim_end().replace('\n', &format!("\n{indent}")))
}

pub fn progress_text(
    activity: &str,
    status: &str,
    done: Option<u64>,
    total: Option<u64>,
) -> String {
    let mut text = activity.to_owned();
    if let (Some(done), Some(total @ 1..)) = (done, total) {
        text += &format!(", {} %", u128::from(done.min(total)) * 100 / u128::from(total));
    }
    if status.is_empty() { text } else { format!("{text}: {status}") }
}
