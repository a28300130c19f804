//! One imgctl at a time may change a state file, or the manifest.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::file;
use super::holder::Holder;
use crate::error::room_hint;
use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

/// How often a wait for another process looks whether it was cancelled, and who it waits for.
const LOOK: Duration = Duration::from_millis(100);
/// A wait of this length is told: most are over before anybody could read that.
const TOLD_AFTER: Duration = Duration::from_secs(2);

/// Held until dropped or until the process ends, even by SIGKILL. Child processes do not inherit it:
/// files are opened close-on-exec.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// The kernel's lock is on this open file.
    file: File,
    work: String,
}

/// What is locked, in errors.
pub const STATE: &str = "the state file";

impl Lock {
    /// Locks the state file at this path. The lock is a file beside it that names its holder.
    pub fn take(state: &Path) -> Result<Lock> {
        Lock::on(state, STATE, |file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(held(state, &file)),
            Err(TryLockError::Error(error)) => Err(cannot(state, STATE, &error)),
        })
    }

    /// Locks a file of another kind, `what`, once others are done with it; tells for whom it waits for long.
    ///
    /// # Errors
    /// `Code::State` if it cannot be locked, `Code::Interrupted` if that is cancelled while it is held by
    /// another process.
    pub fn wait(path: &Path, what: &str, watch: &Watch) -> Result<Lock> {
        let (began, mut told) = (Instant::now(), false);
        Lock::wait_looking(path, what, watch, |holder| {
            if !told && began.elapsed() > TOLD_AFTER {
                let message = format!("waiting for {}, which uses {what}", holder.name());
                watch.report.log(Level::Info, &message);
                told = true;
            }
            Ok(())
        })
    }

    /// As [`Lock::wait`]; `look` is called at once if another one holds it, again and again until it does not, and
    /// ends the wait by an error.
    ///
    /// # Errors
    /// Those of [`Lock::wait`], and those of `look`.
    pub fn wait_looking(
        path: &Path,
        what: &str,
        watch: &Watch,
        mut look: impl FnMut(&Holder) -> Result<()>,
    ) -> Result<Lock> {
        Lock::on(path, what, |file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                let looked = file.try_clone().map_err(|error| cannot(path, what, &error))?;
                wait_for(file, watch, || look(&Holder::of(&looked)))?
                    .map_err(|error| cannot(path, what, &error))
            }
            Err(TryLockError::Error(error)) => Err(cannot(path, what, &error)),
        })
    }

    /// Who holds the lock of a file, as far as can be told: the file of a lock may be there although nobody holds it.
    #[must_use]
    pub fn holder(locked: &Path) -> Option<Holder> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let path = file::beside(locked, ".lock");
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
        Some(Holder::of(&file))
    }

    fn on(locked: &Path, what: &str, mut lock: impl FnMut(File) -> Result<File>) -> Result<Lock> {
        let path = file::beside(locked, ".lock");
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                // Somebody else's link would lead the write to a file of ours.
                .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
                .open(&path)
                .map_err(|error| match is_link(&path) {
                    true => in_the_way(locked, what, &path, "it is a link"),
                    false if path.is_dir() => in_the_way(locked, what, &path, "it is a directory"),
                    false => cannot(locked, what, &error),
                })?;
            let found = file.metadata().map_err(|error| cannot(locked, what, &error))?;
            if !found.is_file() {
                return Err(in_the_way(locked, what, &path, "it is not a regular file"));
            }
            if found.nlink() > 1 {
                return Err(in_the_way(locked, what, &path, "it has a second name (a hard link)"));
            }
            let file = lock(file)?;
            // The previous holder may have removed the file after we opened it and before we locked it.
            let current = fs::metadata(&path).map(|found| (found.dev(), found.ino())).ok();
            if current == Some((found.dev(), found.ino())) {
                let mut lock = Lock { path: path.clone(), file, work: String::new() };
                lock.write(None).map_err(|error| cannot(locked, what, &error))?;
                return Ok(lock);
            }
        }
    }

    /// Notes what the holder does now, for the errors of others.
    pub fn tell(&mut self, work: &str) {
        self.work = plain(work);
        // Others still learn which process it is.
        let _ = self.write(None);
    }

    /// Notes that the holder waits for the lock of this file in the same folder, for others who would wait for this
    /// one meanwhile; None: for nothing any more.
    pub fn want(&mut self, locked: Option<&Path>) {
        // A wait that has no end is not told then, and can be interrupted.
        let _ = self.write(locked);
    }

    /// In one write: others read at any moment.
    fn write(&mut self, wanted: Option<&Path>) -> std::io::Result<()> {
        let wanted = wanted.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let text = Holder::this(command_line(), self.work.clone(), plain(&wanted)).text();
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())?;
        self.file.set_len(text.len() as u64)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while still locked, so that it cannot be another process's lock file. A file that
        // stays does no harm: it is not locked.
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

fn cannot(locked: &Path, what: &str, error: &std::io::Error) -> Error {
    let hint = match what {
        STATE => "make the folder writable, or name another file with --state",
        _ => "make the folder writable",
    };
    Error::new(Code::State, format!("cannot lock {what} {}", locked.display()))
        .cause(format!("{}: {error}", file::beside(locked, ".lock").display()))
        .hint(room_hint(error).unwrap_or(hint))
}

/// Waits on a thread of its own, as the kernel's wait cannot be cancelled.
fn wait_for(
    file: File,
    watch: &Watch,
    mut look: impl FnMut() -> Result<()>,
) -> Result<std::io::Result<File>> {
    let (done, locked) = channel();
    std::thread::spawn(move || {
        let result = file.lock();
        // Nobody waits any more if it was cancelled.
        let _ = done.send(result.map(|()| file));
    });
    loop {
        watch.check()?;
        look()?;
        match locked.recv_timeout(LOOK) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Err(std::io::Error::other("the thread that waited has ended")));
            }
        }
    }
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

fn in_the_way(locked: &Path, what: &str, path: &Path, why: &str) -> Error {
    let remove = if why.ends_with("directory") { "rm -r" } else { "rm" };
    Error::new(Code::State, format!("cannot lock {what} {}", locked.display()))
        .cause(format!("{}: {why}", path.display()))
        .hint(format!("find out who made it, then remove it: {remove} {}", path.display()))
}

fn held(state: &Path, file: &File) -> Error {
    let who = Holder::of(file).name();
    Error::new(Code::State, format!("{who} is using the state file {}", state.display()))
        .hint("wait until it ends, stop it, or name another file with --state")
}

fn command_line() -> String {
    let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    plain(&without_values(words).join(" "))
}

/// One line, not too long.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// What names of secrets contain.
const SECRET: [&str; 5] = ["pass", "secret", "token", "key", "credential"];

/// The value of a setting (`--set token=…`) may be a secret, and that of an argument (`deploy:token=…`) is one
/// by its name.
fn without_values(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for word in words {
        let after = shown.last().is_some_and(|last| last == "--set");
        let start = if after { Some(0) } else { word.starts_with("--set=").then_some(6) };
        let equals = start.and_then(|start| Some(start + word[start..].find('=')?));
        let equals = equals.or_else(|| after_secret_name(&word));
        shown.push(match equals {
            Some(at) => format!("{}=…", &word[..at]),
            None => word,
        });
    }
    shown
}

/// Where the value begins whose name says that it is secret.
fn after_secret_name(word: &str) -> Option<usize> {
    let is_secret = |at: &usize| {
        let name = word[..*at].rsplit([':', ',', '=', '"', ' ']).next().unwrap_or_default();
        let name = name.to_lowercase();
        SECRET.iter().any(|part| name.contains(part))
    };
    word.match_indices('=').map(|(at, _)| at).find(is_secret)
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_of_settings_are_not_shown() {
        let line = "imgctl --set token=a=b --set=api.key=c --set x up:name=d \
                    deploy:to=x,API_TOKEN=e=f,n=1 PASSWORD=g";
        let shown = super::without_values(line.split(' ').map(str::to_owned)).join(" ");
        let expected = "imgctl --set token=… --set=api.key=… --set x up:name=d \
                        deploy:to=x,API_TOKEN=… PASSWORD=…";
        assert_eq!(shown, expected);
    }
}
