//! One imgctl at a time may change a state file, or the manifest.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rustix::fs::OFlags;

use super::file;
use crate::error::room_hint;
use crate::report::Watch;
use crate::{Code, Error, Result};

/// Bytes of the lock file that are read to name its holder.
const MOST_SHOWN: u64 = 4096;
/// How often a wait for another process looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// Held until dropped or until the process ends, even by SIGKILL. Child processes do not inherit it:
/// files are opened close-on-exec.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// The kernel's lock is on this open file.
    file: File,
}

/// What is locked, in errors.
pub const STATE: &str = "the state file";

impl Lock {
    /// Locks the state file at this path. The lock is a file beside it that names its holder.
    pub fn take(state: &Path) -> Result<Lock> {
        Lock::on(state, STATE, |mut file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(held(state, &mut file)),
            Err(TryLockError::Error(error)) => Err(cannot(state, STATE, &error)),
        })
    }

    /// Locks a file of another kind, `what`, once others are done with it.
    ///
    /// # Errors
    /// `Code::State` if it cannot be locked, `Code::Interrupted` if that is cancelled while it is held by
    /// another process.
    pub fn wait(path: &Path, what: &str, watch: &Watch) -> Result<Lock> {
        Lock::wait_telling(path, what, watch, || ())
    }

    /// As [`Lock::wait`]; `tell` is called if others are not done yet.
    ///
    /// # Errors
    /// Those of [`Lock::wait`].
    pub fn wait_telling(path: &Path, what: &str, watch: &Watch, tell: impl Fn()) -> Result<Lock> {
        Lock::on(path, what, |file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                tell();
                wait_for(file, watch)?.map_err(|error| cannot(path, what, &error))
            }
            Err(TryLockError::Error(error)) => Err(cannot(path, what, &error)),
        })
    }

    fn on(locked: &Path, what: &str, lock: impl Fn(File) -> Result<File>) -> Result<Lock> {
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
                let mut lock = Lock { path: path.clone(), file };
                lock.write("").map_err(|error| cannot(locked, what, &error))?;
                return Ok(lock);
            }
        }
    }

    /// Notes what the holder does now, for the errors of others.
    pub fn tell(&mut self, work: &str) {
        // Others still learn which process it is.
        let _ = self.write(work);
    }

    /// In one write: others read at any moment.
    fn write(&mut self, work: &str) -> std::io::Result<()> {
        let text = format!("{}\n{}\n{}\n", std::process::id(), command_line(), plain(work));
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
fn wait_for(file: File, watch: &Watch) -> Result<std::io::Result<File>> {
    let (done, locked) = channel();
    std::thread::spawn(move || {
        let result = file.lock();
        // Nobody waits any more if it was cancelled.
        let _ = done.send(result.map(|()| file));
    });
    loop {
        watch.check()?;
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
    Error::new(Code::State, format!("cannot lock {what} {}", locked.display()))
        .cause(format!("{}: {why}", path.display()))
        .hint(format!("find out who made it, then remove it: rm {}", path.display()))
}

fn held(state: &Path, file: &mut File) -> Error {
    let mut text = String::new();
    // Without readable contents the message cannot name the process.
    let _ = file.take(MOST_SHOWN).read_to_string(&mut text);
    let who = match text.lines().collect::<Vec<_>>()[..] {
        [pid, command, work] if !work.is_empty() => {
            format!("`{command}` (process {pid}, at {work})")
        }
        [pid, command, ..] => format!("`{command}` (process {pid})"),
        _ => "another imgctl".to_owned(),
    };
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

/// The value of a setting (`--set token=…`) may be a secret.
fn without_values(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for word in words {
        let after = shown.last().is_some_and(|last| last == "--set");
        let start = if after { Some(0) } else { word.starts_with("--set=").then_some(6) };
        let equals = start.and_then(|start| Some(start + word[start..].find('=')?));
        shown.push(match equals {
            Some(at) => format!("{}=…", &word[..at]),
            None => word,
        });
    }
    shown
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_of_settings_are_not_shown() {
        let line = "imgctl --set token=a=b --set=api.key=c --set x up:name=d";
        let shown = super::without_values(line.split(' ').map(str::to_owned)).join(" ");
        assert_eq!(shown, "imgctl --set token=… --set=api.key=… --set x up:name=d");
    }
}
