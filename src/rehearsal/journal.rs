//! The numbered journal of calls that the fake cloud and the fake hosts share, with faults injected
//! into it. Every change to the world goes through it.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    world: PathBuf,
    faults: Faults,
    inner: Mutex<Inner>,
}

struct Inner {
    calls: u64,
    lines: Option<File>,
    /// Texts that differ from run to run, and what the journal shows instead.
    hidden: Vec<(String, String)>,
}

impl Journal {
    /// Lines are appended to `journal`, if given. `world` is made by the first call that changes it.
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
        let inner = Mutex::new(Inner { calls: 0, lines, hidden: Vec::new() });
        Ok(Arc::new(Journal { world: world.to_owned(), faults, inner }))
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
        let _one_at_a_time = self.lock();
        Ok(look(&World::load(&self.world)?))
    }

    /// Changes the world without a call: what was there before anything began.
    pub fn arrange<T>(&self, effect: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        let _one_at_a_time = self.lock();
        let mut world = World::load(&self.world)?;
        let result = effect(&mut world)?;
        world.save(&self.world)?;
        Ok(result)
    }

    /// One call. If `effect` fails, the world stays as it was.
    pub fn call<T>(&self, line: &str, effect: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        self.call_noting(line, effect, |_| None)
    }

    /// One call whose line ends with what `note` says about its result.
    pub fn call_noting<T>(
        &self,
        line: &str,
        effect: impl FnOnce(&mut World) -> Result<T>,
        note: impl FnOnce(&T) -> Option<String>,
    ) -> Result<T> {
        let mut inner = self.lock();
        inner.calls += 1;
        let number = inner.calls;
        let is = |fault: Option<u64>| fault == Some(number);
        let mut world = World::load(&self.world)?;
        if is(self.faults.fail_at) {
            inner.write(&world, line, Some("injected fault"))?;
            return Err(Error::new(Code::Refused, format!("injected fault at call {number}")));
        }
        if is(self.faults.panic_at) {
            inner.write(&world, line, Some("panic"))?;
            std::panic::panic_any(format!("call {number} panics (injected fault)"));
        }
        if is(self.faults.kill_at) {
            inner.write(&world, line, Some("killed before"))?;
            kill();
        }
        let result = effect(&mut world);
        let ending = match &result {
            Ok(value) => note(value),
            Err(error) => Some(error.code().name().to_owned()),
        };
        if result.is_ok() {
            world.save(&self.world)?;
        }
        if is(self.faults.kill_after) {
            inner.write(&world, line, Some("killed after"))?;
            kill();
        }
        if is(self.faults.fail_after) {
            inner.write(&world, line, Some("reply lost"))?;
            let lost = format!("the reply to call {number} was lost (injected fault)");
            return Err(Error::new(Code::Connection, lost));
        }
        inner.write(&world, line, ending.as_deref())?;
        result
    }

    /// Bytes of `contents` once everything that differs from run to run is as short as the journal
    /// shows it, so that sizes can be compared too.
    pub fn shown_length(&self, contents: &[u8]) -> Result<usize> {
        let Ok(text) = std::str::from_utf8(contents) else { return Ok(contents.len()) };
        let inner = self.lock();
        Ok(inner.shown(&World::load(&self.world)?, text).len())
    }

    /// A call that panicked has saved nothing, so its lock can be taken over.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The text as it is the same in every run.
    fn shown(&self, world: &World, text: &str) -> String {
        let runs = world.runs().map(|run| (run, "<run>"));
        let hidden = self.hidden.iter().map(|(text, shown)| (text.as_str(), shown.as_str()));
        let text = hidden
            .chain(runs)
            .fold(text.to_owned(), |text, (hidden, shown)| text.replace(hidden, shown));
        normalise::steady(&text)
    }

    fn write(&mut self, world: &World, line: &str, ending: Option<&str>) -> Result<()> {
        let mut line = self.shown(world, line).replace('\r', "\\r").replace('\n', "\\n");
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
