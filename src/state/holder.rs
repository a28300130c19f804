//! Who holds a lock, as its file tells others.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// Bytes of a lock file that are read to name its holder.
const MOST: usize = 4096;

/// The process that holds a lock. What its file does not tell is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    pid: String,
    command: String,
    /// What it does now.
    work: String,
    /// The file, in the same folder, whose lock it waits for.
    pub wants: String,
}

impl Holder {
    /// This process, with its command line.
    pub(super) fn this(command: String, work: String, wants: String) -> Holder {
        Holder { pid: std::process::id().to_string(), command, work, wants }
    }

    /// As the lock file tells; without readable contents nobody is named.
    pub(super) fn of(file: &File) -> Holder {
        let mut bytes = [0; MOST];
        let length = file.read_at(&mut bytes, 0).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes[..length]);
        let mut lines = text.lines().map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        Holder { pid: next(), command: next(), work: next(), wants: next() }
    }

    /// Contents of the lock file.
    pub(super) fn text(&self) -> String {
        format!("{}\n{}\n{}\n{}\n", self.pid, self.command, self.work, self.wants)
    }

    /// Of its process; None where the file does not tell.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.pid.parse().ok()
    }

    /// Its name in messages.
    #[must_use]
    pub fn name(&self) -> String {
        let Holder { pid, command, work, .. } = self;
        match (command.is_empty(), work.is_empty()) {
            (true, _) => "another imgctl".to_owned(),
            (_, true) => format!("`{command}` (process {pid})"),
            (_, false) => format!("`{command}` (process {pid}, at {work})"),
        }
    }
}
