//! The names under which threads of this process work alone: whoever asks for one that it holds would wait for
//! itself, and two that ask for each other's would wait for ever.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::state::Lock;
use crate::{Code, Error, Result};

/// Who works alone on what, in all runs of a process.
#[derive(Debug, Default)]
pub struct Alone {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// In a dry run several threads may hold one.
    held: Vec<Holding>,
    /// The thread that waits for the end of a thread. What it holds is held for that one, too.
    waiting: HashMap<ThreadId, ThreadId>,
    /// What a thread waits for: the file, and the name under which it is known.
    wanted: HashMap<ThreadId, (PathBuf, String)>,
}

/// What a thread holds, by its file: the same name in another project is another one.
#[derive(Debug)]
struct Holding {
    path: PathBuf,
    thread: ThreadId,
    lock: Option<Lock>,
}

impl Known {
    /// This thread, and those that wait for its end.
    fn waiting_for(&self, thread: ThreadId) -> Vec<ThreadId> {
        std::iter::successors(Some(thread), |it| self.waiting.get(it).copied()).collect()
    }

    /// Whether this thread, or one that waits for its end, holds the file.
    fn holds(&self, path: &Path, thread: ThreadId) -> bool {
        let threads = self.waiting_for(thread);
        self.held.iter().any(|it| it.path == path && threads.contains(&it.thread))
    }

    fn holders(&self, path: &Path) -> impl Iterator<Item = ThreadId> {
        self.held.iter().filter(move |it| it.path == path).map(|it| it.thread)
    }

    /// Tells other processes what this thread waits for, in all that it holds.
    fn tell(&mut self, thread: ThreadId, wanted: Option<&Path>) {
        let threads = self.waiting_for(thread);
        let held = self.held.iter_mut().filter(|it| threads.contains(&it.thread));
        held.filter_map(|it| it.lock.as_mut()).for_each(|lock| lock.want(wanted));
    }

    /// The names that threads wait for, from `name` to one that this thread holds, if each of them waits for the
    /// next.
    fn circle(&self, name: &str, path: &Path, thread: ThreadId) -> Option<Vec<String>> {
        let mut seen = HashSet::new();
        let first = vec![name.to_owned()];
        let mut open: Vec<_> = self.holders(path).map(|holder| (holder, first.clone())).collect();
        while let Some((at, names)) = open.pop() {
            if at == thread {
                return Some(names);
            }
            if !seen.insert(at) {
                continue;
            }
            if let Some((path, name)) = self.wanted.get(&at) {
                let names = [&names[..], std::slice::from_ref(name)].concat();
                open.extend(self.holders(path).map(|holder| (holder, names.clone())));
            }
            // A thread goes on when all that it has started have ended.
            let started = self.waiting.iter().filter(|(_, parent)| **parent == at);
            open.extend(started.map(|(child, _)| (*child, names.clone())));
        }
        None
    }
}

impl Alone {
    /// # Errors
    /// `Code::Script` where the wait for `name`, which is kept at `path`, would never end.
    pub fn check(&self, name: &str, path: &Path) -> Result<()> {
        if !self.known().holds(path, thread::current().id()) {
            return Ok(());
        }
        let message = format!("`{name}` is held by this very script, which would wait for itself");
        Err(Error::new(Code::Script, message).hint(format!(
            "do all of it in one `state::alone(\"{name}\", …)`, or use another name inside"
        )))
    }

    /// This thread waits for it until the result is dropped.
    ///
    /// # Errors
    /// `Code::Script` where each of several threads would wait for another one.
    pub fn wants(self: &Arc<Alone>, name: &str, path: &Path) -> Result<Wanting> {
        let thread = thread::current().id();
        let mut known = self.known();
        if let Some(names) = known.circle(name, path, thread) {
            return Err(endless(&names));
        }
        known.wanted.insert(thread, (path.to_owned(), name.to_owned()));
        known.tell(thread, Some(path));
        Ok(Wanting { alone: self.clone(), thread })
    }

    /// Whether another thread of this process holds it.
    pub fn is_held(&self, path: &Path) -> bool {
        self.known().held.iter().any(|it| it.path == path)
    }

    /// Whether this thread, or one that waits for its end, holds it.
    pub fn holds(&self, path: &Path) -> bool {
        self.known().holds(path, thread::current().id())
    }

    /// This thread holds it from now on. No lock: a dry run changes nothing.
    pub fn hold(self: &Arc<Alone>, path: PathBuf, lock: Option<Lock>) -> Held {
        let thread = thread::current().id();
        self.known().held.push(Holding { path: path.clone(), thread, lock });
        Held { alone: self.clone(), path, thread }
    }

    /// Until it is dropped, `parent` waits for the end of this thread.
    pub fn awaited_by(self: &Arc<Alone>, parent: ThreadId) -> Awaited {
        let thread = thread::current().id();
        self.known().waiting.insert(thread, parent);
        Awaited { alone: self.clone(), thread }
    }

    /// Each change of it is a single one: it is valid whoever panicked.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wait for the first of these names would never end.
pub fn endless(names: &[String]) -> Error {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (first, rest) = (&quoted[0], quoted[1..].join(", and that waits for "));
    let message = format!(
        "waiting for {first} would never end: another part of the script, or another imgctl, holds it and waits for \
         {rest}, which is held here"
    );
    Error::new(Code::Script, message).hint(format!(
        "let every part take {} in the same order, or do all of it in one `state::alone`",
        quoted.join(" and ")
    ))
}

/// A thread that waits for a name.
pub struct Wanting {
    alone: Arc<Alone>,
    thread: ThreadId,
}

impl Drop for Wanting {
    fn drop(&mut self) {
        let mut known = self.alone.known();
        known.wanted.remove(&self.thread);
        known.tell(self.thread, None);
    }
}

/// Until it is dropped nobody else works on what is kept under its name.
pub struct Held {
    alone: Arc<Alone>,
    path: PathBuf,
    thread: ThreadId,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut known = self.alone.known();
        let is_this = |it: &Holding| it.path == self.path && it.thread == self.thread;
        let found = known.held.iter().position(is_this);
        let holding = found.map(|at| known.held.swap_remove(at));
        drop(known);
        // Released now: nobody else holds it before it is off the list.
        drop(holding);
    }
}

/// A thread that another one waits for.
pub struct Awaited {
    alone: Arc<Alone>,
    thread: ThreadId,
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.alone.known().waiting.remove(&self.thread);
    }
}
