//! Operations that take time: a bar or spinner on a terminal after one second, else a line now and
//! then, so that a log shows progress.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::bars;
use super::event::Event;
use super::human::progress_text;
use super::printer::Printer;
use crate::report;

/// How long an activity lasts before a bar is shown.
const SHOW_AFTER: Duration = Duration::from_secs(1);
/// Without bars: when the first line is shown, and how long until each further one.
const FIRST_LINE: Duration = Duration::from_secs(10);
const NEXT_LINE: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_millis(100);

/// The current activities. One thread shows them all while there are any.
pub struct Activities {
    printer: Arc<Printer>,
    board: Mutex<Board>,
    changed: Condvar,
}

#[derive(Default)]
struct Board {
    current: Vec<Arc<Current>>,
    watched: bool,
}

struct Current {
    label: String,
    started: Instant,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    status: String,
    done: Option<u64>,
    total: Option<u64>,
    bar: Option<ProgressBar>,
    lines: u32,
    /// Its handle was dropped: it may not be shown any longer.
    over: bool,
}

/// The handle for the code that does the work; dropping it ends the activity.
pub struct Handle {
    activities: Arc<Activities>,
    current: Arc<Current>,
    /// None: its begin and end are not told.
    id: Option<u64>,
}

impl Activities {
    pub fn new(printer: Arc<Printer>) -> Activities {
        Activities { printer, board: Mutex::default(), changed: Condvar::new() }
    }
}

/// `is_wait`: nothing else tells when it begins and ends.
pub fn start(activities: &Arc<Activities>, label: &str, is_wait: bool) -> Handle {
    let current = Arc::new(Current {
        label: activities.printer.text(label),
        started: Instant::now(),
        now: Mutex::default(),
    });
    let mut board = lock(&activities.board);
    board.current.push(Arc::clone(&current));
    if !board.watched {
        let weak = Arc::downgrade(activities);
        let spawned =
            std::thread::Builder::new().name("progress".to_owned()).spawn(move || watch(&weak));
        // Without a thread the work continues, but is not shown.
        board.watched = spawned.is_ok();
    }
    drop(board);
    let printer = &activities.printer;
    let span = (is_wait && printer.follows_commands(true)).then(|| printer.spans.leaf());
    if let Some(span) = span {
        printer.emit(&Event::WaitStarted { span, activity: label });
    }
    Handle { activities: Arc::clone(activities), current, id: span.map(|span| span.id) }
}

/// Runs until there are no activities.
fn watch(activities: &Weak<Activities>) {
    while let Some(activities) = activities.upgrade() {
        let mut board = lock(&activities.board);
        if board.current.is_empty() {
            board.watched = false;
            return;
        }
        let current = board.current.clone();
        drop(board);
        for activity in current {
            activity.show(&activities.printer);
        }
        let board = lock(&activities.board);
        // Woken early when an activity ends, so that the program need not wait for this thread.
        drop(activities.changed.wait_timeout(board, TICK));
    }
}

impl Current {
    fn show(&self, printer: &Printer) {
        let lasted = self.started.elapsed();
        let mut now = lock(&self.now);
        if now.over {
            return;
        }
        let what = progress_text(&self.label, &now.status, None, None);
        if let Some(bars) = &printer.screen.bars {
            if lasted < SHOW_AFTER {
                return;
            }
            if let Some(cell) = printer.cell.as_ref().filter(|cell| cell.has_bar()) {
                return cell.progress(&what, now.done, now.total);
            }
            let (done, total) = (now.done, now.total);
            let bar = now.bar.get_or_insert_with(|| bars::add(bars, printer.human.marks, lasted));
            bars::update(bar, printer.human.marks, what, done, total);
        } else if lasted >= FIRST_LINE + NEXT_LINE * now.lines {
            now.lines += 1;
            let status = now.status.clone();
            let (done, total) = (now.done, now.total);
            drop(now);
            printer.emit(&Event::Progress {
                activity: &self.label,
                status: &status,
                seconds: lasted.as_secs(),
                done,
                total,
            });
        }
    }
}

impl report::Activity for Handle {
    fn status(&self, text: &str) {
        lock(&self.current.now).status = self.activities.printer.text(text).replace('\n', " ");
    }

    fn progress(&self, done: u64, total: Option<u64>) {
        let mut now = lock(&self.current.now);
        now.done = Some(done);
        now.total = total;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut board = lock(&self.activities.board);
        board.current.retain(|other| !Arc::ptr_eq(other, &self.current));
        drop(board);
        let mut now = lock(&self.current.now);
        now.over = true;
        let bar = now.bar.take();
        drop(now);
        if let (Some(bar), Some(bars)) = (bar, &self.activities.printer.screen.bars) {
            bars::remove(bars, &bar);
        }
        self.activities.changed.notify_all();
        if let Some(id) = self.id {
            let seconds = self.current.started.elapsed().as_secs_f64();
            self.activities.printer.emit(&Event::WaitFinished { id, seconds });
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The data is only for display: an incomplete change does no harm.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
