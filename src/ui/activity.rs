//! Things that take time: a bar or spinner on a terminal once they last over a second, else a line
//! now and then, so that a log shows life.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::Shared;
use super::bars;
use super::event::Event;
use super::human::progress_text;
use crate::report;

/// How long something lasts before a bar is shown.
const SHOW_AFTER: Duration = Duration::from_secs(1);
/// Without bars: when the first line comes, and how long until each further one.
const FIRST_LINE: Duration = Duration::from_secs(10);
const NEXT_LINE: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_millis(100);

/// What is going on now. One thread looks after all of it while there is any.
#[derive(Default)]
pub struct Activities {
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
    /// Its handle is gone: nothing of it may be shown any more.
    over: bool,
}

/// The handle of the one who does the work; dropping it ends the activity.
pub struct Handle {
    shared: Arc<Shared>,
    current: Arc<Current>,
}

pub fn start(shared: &Arc<Shared>, label: &str) -> Handle {
    let current = Arc::new(Current {
        label: shared.text(label),
        started: Instant::now(),
        now: Mutex::default(),
    });
    let mut board = lock(&shared.activities.board);
    board.current.push(Arc::clone(&current));
    if !board.watched {
        let weak = Arc::downgrade(shared);
        let spawned =
            std::thread::Builder::new().name("progress".to_owned()).spawn(move || watch(&weak));
        // Without a thread the work goes on, unseen.
        board.watched = spawned.is_ok();
    }
    drop(board);
    Handle { shared: Arc::clone(shared), current }
}

/// Until nothing is going on.
fn watch(shared: &Weak<Shared>) {
    while let Some(shared) = shared.upgrade() {
        let mut board = lock(&shared.activities.board);
        if board.current.is_empty() {
            board.watched = false;
            return;
        }
        let current = board.current.clone();
        drop(board);
        for activity in current {
            activity.show(&shared);
        }
        let board = lock(&shared.activities.board);
        // Woken early when something ends, so that the program need not wait for this thread.
        drop(shared.activities.changed.wait_timeout(board, TICK));
    }
}

impl Current {
    fn show(&self, shared: &Shared) {
        let lasted = self.started.elapsed();
        let mut now = lock(&self.now);
        if now.over {
            return;
        }
        let what = progress_text(&self.label, &now.status, None, None);
        if let Some(bars) = &shared.screen.bars {
            if lasted < SHOW_AFTER {
                return;
            }
            let (done, total) = (now.done, now.total);
            let bar = now.bar.get_or_insert_with(|| bars::add(bars, shared.human.marks, lasted));
            bars::update(bar, shared.human.marks, what, done, total);
        } else if lasted >= FIRST_LINE + NEXT_LINE * now.lines {
            now.lines += 1;
            let status = now.status.clone();
            let (done, total) = (now.done, now.total);
            drop(now);
            shared.emit(&Event::Progress {
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
        lock(&self.current.now).status = self.shared.text(text).replace('\n', " ");
    }

    fn progress(&self, done: u64, total: Option<u64>) {
        let mut now = lock(&self.current.now);
        now.done = Some(done);
        now.total = total;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut board = lock(&self.shared.activities.board);
        board.current.retain(|other| !Arc::ptr_eq(other, &self.current));
        drop(board);
        let mut now = lock(&self.current.now);
        now.over = true;
        let bar = now.bar.take();
        drop(now);
        if let (Some(bar), Some(bars)) = (bar, &self.shared.screen.bars) {
            bars::remove(bars, &bar);
        }
        self.shared.activities.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these hold is only shown: half a change does no harm.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
