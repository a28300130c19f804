//! One imgctl at a time may change a state file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::file;
use crate::error::room_hint;
use crate::{Code, Error, Result};

/// Bytes of the lock file that are read to name its holder.
const MOST_SHOWN: u64 = 4096;

/// Held until dropped or until the process ends, even by SIGKILL. Child processes do not inherit it:
/// files are opened close-on-exec.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// The kernel's lock is on this open file.
    file: File,
}

impl Lock {
    /// Locks the state file at this path. The lock is a file beside it that names its holder.
    pub fn take(state: &Path) -> Result<Lock> {
        let path = file::beside(state, ".lock");
        let cannot = |error: std::io::Error| {
            let usual = "make the folder writable, or name another file with --state";
            Error::new(Code::State, format!("cannot lock the state file {}", state.display()))
                .cause(format!("{}: {error}", path.display()))
                .hint(room_hint(&error).unwrap_or(usual))
        };
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                // Somebody else's link would lead the write to a file of ours.
                .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
                .open(&path)
                .map_err(|error| match is_link(&path) {
                    true => in_the_way(state, &path, "it is a link"),
                    false => cannot(error),
                })?;
            let found = file.metadata().map_err(cannot)?;
            if !found.is_file() {
                return Err(in_the_way(state, &path, "it is not a regular file"));
            }
            if found.nlink() > 1 {
                return Err(in_the_way(state, &path, "it has a second name (a hard link)"));
            }
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(held(state, &mut file)),
                Err(TryLockError::Error(error)) => return Err(cannot(error)),
            }
            // The previous holder may have removed the file after we opened it and before we locked it.
            let current = fs::metadata(&path).map(|found| (found.dev(), found.ino())).ok();
            let ours = file.metadata().map_err(cannot)?;
            if current == Some((ours.dev(), ours.ino())) {
                let mut lock = Lock { path: path.clone(), file };
                lock.write("").map_err(cannot)?;
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

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

fn in_the_way(state: &Path, path: &Path, why: &str) -> Error {
    Error::new(Code::State, format!("cannot lock the state file {}", state.display()))
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
