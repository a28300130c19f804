//! Which combinations run at once.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::cell::Cell;
use super::record::{Outcome, Record};
use super::round::Round;
use super::table;
use crate::cli::setup::Session;
use crate::cli::several::Several;
use crate::config::matrix::Matrix;
use crate::report::{Level, Report};
use crate::run::Run;

/// The limit, unless one is given.
const AT_ONCE: usize = 10;
/// The same for machines on this computer.
const LOCAL: (&str, usize) = ("local", 2);

/// Bytes, as for the threads of a script. Only what is used of it takes memory.
const STACK: usize = 64 << 20;

/// How many run at once, in all and of each cloud.
pub struct Jobs {
    all: usize,
    of_cloud: BTreeMap<String, NonZeroUsize>,
    /// Whether the number in all was asked for.
    is_given: bool,
}

impl Jobs {
    pub fn new(options: &Several, matrix: &Matrix) -> Jobs {
        let given = options.jobs.or(matrix.jobs);
        Jobs {
            all: given.map_or(AT_ONCE, NonZeroUsize::get),
            of_cloud: matrix.jobs_per_cloud.clone(),
            is_given: given.is_some(),
        }
    }

    /// Says that fewer of cloud local run at once than were asked for.
    pub fn tell(&self, run: &Run, round: &Round) {
        let (cloud, most) = LOCAL;
        let count = round.undone().filter(|cell| cell.cloud() == cloud).count();
        if self.is_given && self.all.min(count) > most && !self.of_cloud.contains_key(cloud) {
            let message = format!(
                "{most} of cloud {cloud} run at once on this computer: \
                 `jobs_per_cloud: {{{cloud}: N}}` of `matrix:` in config.yaml allows others"
            );
            run.ui.log(Level::Info, &message);
        }
    }

    fn of(&self, cloud: &str) -> usize {
        match self.of_cloud.get(cloud) {
            Some(limit) => limit.get(),
            None if cloud == LOCAL.0 => LOCAL.1,
            None => usize::MAX,
        }
    }
}

/// What waits, and how many of each cloud run.
struct Queue<'c> {
    waiting: Vec<&'c Cell>,
    running: HashMap<&'c str, usize>,
}

impl<'c> Queue<'c> {
    /// The first whose cloud has room. Err: wait until another one ends. None: nothing waits.
    fn next(&mut self, jobs: &Jobs) -> Option<Result<&'c Cell, ()>> {
        if self.waiting.is_empty() {
            return None;
        }
        let room = |cell: &&Cell| {
            self.running.get(cell.cloud()).copied().unwrap_or_default() < jobs.of(cell.cloud())
        };
        let Some(at) = self.waiting.iter().position(room) else { return Some(Err(())) };
        let cell = self.waiting.remove(at);
        *self.running.entry(cell.cloud()).or_default() += 1;
        Some(Ok(cell))
    }

    fn ended(&mut self, cell: &Cell) {
        if let Some(count) = self.running.get_mut(cell.cloud()) {
            *count -= 1;
        }
    }
}

/// Runs all that is undone; the records are in the order of the combinations.
pub fn run<'r>(
    session: &Session,
    round: &'r Round,
    jobs: &Jobs,
    fail_fast: bool,
    words: &[String],
    width: usize,
) -> Vec<(&'r Cell, Record)> {
    let stop = session.run.watch.cancel.child_token();
    let queue = Mutex::new(Queue { waiting: round.undone().collect(), running: HashMap::new() });
    let (one_ended, records) = (Condvar::new(), Mutex::new(HashMap::new()));
    let work = || {
        let mut queued = lock(&queue);
        while !stop.is_cancelled() {
            let cell = match queued.next(jobs) {
                None => break,
                Some(Ok(cell)) => cell,
                Some(Err(())) => {
                    queued = one_ended.wait(queued).unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
            };
            drop(queued);
            let record = cell.run(session, &round.current, words, width, stop.child_token());
            table::tell(&session.run, cell, &record);
            if fail_fast && record.outcome == Outcome::Failed {
                stop.cancel();
            }
            lock(&records).insert(cell.label(), record);
            queued = lock(&queue);
            queued.ended(cell);
            one_ended.notify_all();
        }
        // Whoever waits for room learns that there is nothing more to do.
        one_ended.notify_all();
    };
    let count = jobs.all.min(round.undone().count());
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..count)
            .map_while(|_| {
                std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()
            })
            .collect();
        // Without a thread at all the work is done here, one after the other.
        if started.is_empty() && count > 0 {
            work();
        }
    });
    let mut records = records.into_inner().unwrap_or_else(PoisonError::into_inner);
    let record = |cell: &Cell| {
        records.remove(&cell.label()).unwrap_or_else(|| cell.not_begun(&round.current.id))
    };
    let mut record = record;
    round.cells().map(|cell| (cell, record(cell))).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is one assignment.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
