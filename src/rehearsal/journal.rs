//! The numbered journal of calls that the fake cloud and the fake hosts share, with faults injected
//! into it. Every change to the world goes through it.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::kept::Kept;
use super::normalise;
use super::world::World;
use crate::{Code, Error, Result};

/// Which call of a process fails, counted from 1 over cloud and hosts together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// This call is refused and changes nothing.
    pub fail_at: Option<u64>,
    /// This call is carried out, but its reply is lost.
    pub fail_after: Option<u64>,
    /// The process gets SIGKILL before this call changes anything.
    pub kill_at: Option<u64>,
    /// The n-th call panics before it changes anything.
    pub panic_at: Option<u64>,
    /// The process gets SIGKILL once this call has been carried out.
    pub kill_after: Option<u64>,
}

/// One line per call, in order; every change to the world goes through here.
pub struct Journal {
    faults: Faults,
    inner: Mutex<Inner>,
}

struct Inner {
    calls: u64,
    lines: Option<File>,
    world: Kept,
    /// Texts that differ from run to run, and what the journal shows instead.
    hidden: Vec<(String, String)>,
}

/// What a call may change: no more is compared and written.
#[derive(Debug, Clone, Copy)]
enum Reach<'i> {
    Nothing,
    /// This instance, and how often rules have answered.
    Machine(&'i str),
    Everything,
}

impl Journal {
    /// Lines are appended to `journal`, if given. `world` is made by the first call.
    pub fn open(world: &Path, journal: Option<&Path>, faults: Faults) -> Result<Arc<Journal>> {
        let append = |path: &Path| {
            if path.metadata().is_ok_and(|found| found.file_type().is_fifo()) {
                let why = std::io::Error::other("it is a pipe, whose reader would be waited for");
                return Err(Error::io("open", path, why).with_code(Code::Config));
            }
            File::options()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(path)
                .map_err(|error| Error::io("open", path, error).with_code(Code::Config))
        };
        let lines = journal.map(append).transpose()?;
        let world = Kept::new(world);
        let inner = Mutex::new(Inner { calls: 0, lines, world, hidden: Vec::new() });
        Ok(Arc::new(Journal { faults, inner }))
    }

    /// Shows `shown` for `text` in the lines from here on.
    pub fn hide(&self, text: &str, shown: &str) {
        let mut inner = self.lock();
        if !text.is_empty() && inner.hidden.iter().all(|(known, _)| known != text) {
            inner.hidden.push((text.to_owned(), shown.to_owned()));
        }
    }

    /// What is in the world now. Not a call: neither written down nor counted.
    pub fn look<T>(&self, look: impl FnOnce(&World) -> T) -> Result<T> {
        Ok(look(self.lock().world.look()?))
    }

    /// Changes the world without a call: what was there before anything began.
    pub fn arrange<T>(&self, effect: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        let mut inner = self.lock();
        let _others_wait = inner.world.lock();
        let mut world = inner.world.take()?;
        let result = effect(&mut world)?;
        inner.world.save(world)?;
        Ok(result)
    }

    /// One call that may change anything. If `effect` fails, the world stays as it was.
    pub fn call<T>(&self, line: &str, effect: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        self.one(line, Reach::Everything, effect, |_| None)
    }

    /// One call that changes nothing.
    pub fn ask<T>(&self, line: &str, answer: impl FnOnce(&World) -> Result<T>) -> Result<T> {
        self.one(line, Reach::Nothing, |world| answer(world), |_| None)
    }

    /// One call to an instance, which changes nothing else but how often rules have answered. Its line ends
    /// with what `note` says about the result.
    pub fn call_machine<T>(
        &self,
        instance: &str,
        line: &str,
        effect: impl FnOnce(&mut World) -> Result<T>,
        note: impl FnOnce(&T) -> Option<String>,
    ) -> Result<T> {
        self.one(line, Reach::Machine(instance), effect, note)
    }

    fn one<T>(
        &self,
        line: &str,
        reach: Reach<'_>,
        effect: impl FnOnce(&mut World) -> Result<T>,
        note: impl FnOnce(&T) -> Option<String>,
    ) -> Result<T> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        inner.calls += 1;
        let number = inner.calls;
        let is = |fault: Option<u64>| fault == Some(number);
        let _others_wait = inner.world.lock();
        if is(self.faults.fail_at) {
            inner.write(line, Some("injected fault"))?;
            return Err(Error::new(Code::Refused, format!("injected fault at call {number}")));
        }
        if is(self.faults.panic_at) {
            inner.write(line, Some("panic"))?;
            std::panic::panic_any(format!("call {number} panics (injected fault)"));
        }
        if is(self.faults.kill_at) {
            inner.write(line, Some("killed before"))?;
            kill();
        }
        let result = inner.changed(reach, effect);
        let ending = match &result {
            Ok(value) => note(value),
            Err(Failed::Effect(error)) => Some(error.code().name().to_owned()),
            Err(Failed::World(_)) => None,
        };
        let result = match result {
            Ok(value) => Ok(value),
            Err(Failed::Effect(error)) => Err(error),
            Err(Failed::World(error)) => return Err(error),
        };
        if is(self.faults.kill_after) {
            inner.write(line, Some("killed after"))?;
            kill();
        }
        if is(self.faults.fail_after) {
            inner.write(line, Some("reply lost"))?;
            let lost = format!("the reply to call {number} was lost (injected fault)");
            return Err(Error::new(Code::Connection, lost));
        }
        inner.write(line, ending.as_deref())?;
        result
    }

    /// Bytes of `contents` once everything that differs from run to run is as short as the journal
    /// shows it, so that sizes can be compared too.
    pub fn shown_length(&self, contents: &[u8]) -> Result<usize> {
        let Ok(text) = std::str::from_utf8(contents) else { return Ok(contents.len()) };
        Ok(self.lock().shown(text)?.len())
    }

    /// A call that panicked has saved nothing, so its lock can be taken over.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a call has no result.
enum Failed {
    Effect(Error),
    /// The world could not be read or written.
    World(Error),
}

impl Inner {
    /// Carries out what a call does; if that fails, the world is as it was.
    fn changed<T>(
        &mut self,
        reach: Reach<'_>,
        effect: impl FnOnce(&mut World) -> Result<T>,
    ) -> Result<T, Failed> {
        let is_new = !self.world.exists();
        let mut world = self.world.take().map_err(Failed::World)?;
        let of_machine = |world: &World| match reach {
            Reach::Machine(id) => Some((world.instances.get(id).cloned(), world.answered.clone())),
            Reach::Nothing | Reach::Everything => None,
        };
        let before = of_machine(&world);
        let result = effect(&mut world);
        let is_changed = match reach {
            Reach::Nothing => false,
            Reach::Machine(_) => of_machine(&world) != before,
            Reach::Everything => true,
        };
        match result {
            // What failed may have begun to change it: the file has it as it was.
            Err(error) if is_changed => Err(Failed::Effect(error)),
            Err(error) => {
                self.world.keep(world);
                Err(Failed::Effect(error))
            }
            Ok(value) if is_changed || is_new => {
                self.world.save(world).map_err(Failed::World)?;
                Ok(value)
            }
            Ok(value) => {
                self.world.keep(world);
                Ok(value)
            }
        }
    }

    /// The text as it is the same in every run.
    fn shown(&mut self, text: &str) -> Result<String> {
        let mut shown = text.to_owned();
        let mut hide = |hidden: &str, instead: &str| {
            if shown.contains(hidden) {
                shown = shown.replace(hidden, instead);
            }
        };
        self.hidden.iter().for_each(|(text, instead)| hide(text, instead));
        self.world.look()?.runs().for_each(|run| hide(run, "<run>"));
        Ok(normalise::steady(&shown))
    }

    fn write(&mut self, line: &str, ending: Option<&str>) -> Result<()> {
        if self.lines.is_none() {
            return Ok(());
        }
        let mut line = self.shown(line)?.replace('\r', "\\r").replace('\n', "\\n");
        let Some(file) = &mut self.lines else { return Ok(()) };
        if let Some(ending) = ending {
            line = format!("{line} => {ending}");
        }
        line.push('\n');
        // One write, straight to the kernel: it is there when the process is killed.
        file.write_all(line.as_bytes())
            .map_err(|error| Error::new(Code::Io, "cannot write the journal").cause(error))
    }
}

/// Ends this process as a power cut would: nothing is cleaned up.
fn kill() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    // The signal cannot be caught; this only satisfies the type and a debugger.
    std::process::abort()
}
