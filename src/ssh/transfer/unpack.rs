//! Unpacks a tar stream on a thread of its own, beside its destination, and then moves it there.

use std::cell::Cell;
use std::fmt::Write;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use tempfile::TempDir;

use super::paths::{parent, umask};
use crate::{Error, Result};

/// Chunks that may wait to be written to disk.
const WAITING: usize = 16;

pub(super) struct Unpack {
    sender: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<io::Result<Skipped>>>,
    skipped: Skipped,
    folder: TempDir,
}

impl Unpack {
    pub(super) fn start(local: &Path) -> Result<Self> {
        let failed = |error| Error::io("write beside", local, error);
        let folder = tempfile::Builder::new()
            .prefix(".imgctl.")
            .tempdir_in(parent(local))
            .map_err(failed)?;
        let place = folder.path().join("tree");
        fs::create_dir(&place).map_err(failed)?;
        let mask = umask(folder.path()).map_err(failed)?;
        let (sender, receiver) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("unpack".to_string())
            .spawn(move || unpack(Chunks::new(receiver), &place, mask))
            .map_err(failed)?;
        let skipped = Skipped::default();
        Ok(Unpack { sender: Some(sender), thread: Some(thread), skipped, folder })
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let sent = self.sender.as_ref().is_some_and(|sender| sender.send(bytes.to_vec()).is_ok());
        // The receiver is gone only after a failure, whose reason `join` returns.
        if sent { Ok(()) } else { self.join() }
    }

    /// Waits for the end of unpacking and moves the result to `local`. What was not unpacked, in words.
    pub(super) fn finish(mut self, local: &Path) -> Result<Option<String>> {
        self.join()?;
        let tree = self.folder.path().join("tree");
        merge(&tree, local)?;
        Ok(self.skipped.in_words())
    }

    fn join(&mut self) -> Result<()> {
        self.sender = None;
        let Some(thread) = self.thread.take() else { return Ok(()) };
        match thread.join() {
            Ok(result) => {
                let place = self.folder.path();
                self.skipped = result.map_err(|error| Error::io("unpack beside", place, error))?;
                Ok(())
            }
            Err(_) => Err(Error::failed("unpacking failed")),
        }
    }
}

/// Bytes between two files: headers and names. A name without end would fill the memory.
const NAMES: u64 = 1 << 20;
/// Folders are remembered until the end, when they get their modes.
const FOLDERS: usize = 1_000_000;

/// Pipes and devices of the tree.
#[derive(Default)]
struct Skipped {
    names: Vec<String>,
    count: usize,
}

/// How many of them are named.
const NAMED: usize = 5;

impl Skipped {
    fn add(&mut self, name: &[u8]) {
        if self.names.len() < NAMED {
            self.names.push(String::from_utf8_lossy(name).into_owned());
        }
        self.count += 1;
    }

    fn in_words(&self) -> Option<String> {
        let more = match self.count.saturating_sub(self.names.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = self.names.join(", ");
        (self.count > 0).then(|| format!("{names}{more}: a pipe or device is not copied"))
    }
}

fn unpack(mut chunks: Chunks, place: &Path, mask: u32) -> io::Result<Skipped> {
    let place = place.canonicalize()?;
    let left = chunks.left.clone();
    let mut archive = tar::Archive::new(&mut chunks);
    archive.set_preserve_mtime(false);
    archive.set_overwrite(true);
    archive.set_mask(mask);
    let (mut folders, mut skipped) = (Vec::new(), Skipped::default());
    let mut entries = archive.entries()?;
    loop {
        left.set(Some(NAMES));
        let Some(entry) = entries.next() else { break };
        let mut entry = entry?;
        left.set(None);
        let kind = entry.header().entry_type();
        if kind.is_fifo() || kind.is_character_special() || kind.is_block_special() {
            skipped.add(&entry.path_bytes());
            continue;
        }
        if kind.is_dir() {
            folders.push(entry);
            if folders.len() > FOLDERS {
                return Err(io::Error::other(format!("more than {FOLDERS} folders were sent")));
            }
            continue;
        }
        entry.unpack_in(&place).map_err(with_causes)?;
        io::copy(&mut entry, &mut io::sink())?;
    }
    left.set(None);
    // What is inside comes first: the mode of a folder may forbid to write there.
    folders.sort_by(|a, b| b.path_bytes().cmp(&a.path_bytes()));
    for mut folder in folders {
        folder.unpack_in(&place).map_err(with_causes)?;
    }
    // Read the padding after the end too, so that `push` does not fail.
    io::copy(&mut chunks, &mut io::sink())?;
    Ok(skipped)
}

/// The library's error says what failed, and only its causes why.
fn with_causes(error: io::Error) -> io::Error {
    let mut text = error.to_string();
    let mut next = error.get_ref().and_then(std::error::Error::source);
    while let Some(cause) = next {
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    io::Error::new(error.kind(), text)
}

struct Chunks {
    receiver: Receiver<Vec<u8>>,
    chunk: io::Cursor<Vec<u8>>,
    /// How many bytes may be read; None within a file.
    left: Rc<Cell<Option<u64>>>,
}

impl Chunks {
    fn new(receiver: Receiver<Vec<u8>>) -> Self {
        Chunks { receiver, chunk: io::Cursor::default(), left: Rc::default() }
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.chunk.read(buffer)?;
            if length > 0 {
                if let Some(left) = self.left.get() {
                    let Some(left) = left.checked_sub(length as u64) else {
                        return Err(io::Error::other("a name that was sent is too long"));
                    };
                    self.left.set(Some(left));
                }
                return Ok(length);
            }
            match self.receiver.recv() {
                Ok(chunk) => self.chunk = io::Cursor::new(chunk),
                Err(_) => return Ok(0),
            }
        }
    }
}

/// Moves what was unpacked to `to`; folders that exist on both sides are merged. Only `to` itself, which
/// the user has named, may be a link to a folder: below it the other machine decides what is sent, and
/// through a link that it sent earlier it would write anywhere.
fn merge(from: &Path, to: &Path) -> Result<()> {
    if to.is_dir() { merge_folders(from, to) } else { rename(from, to) }
}

fn merge_folders(from: &Path, to: &Path) -> Result<()> {
    let entries: io::Result<Vec<PathBuf>> =
        fs::read_dir(from).and_then(|inside| inside.map(|e| e.map(|e| e.path())).collect());
    for entry in entries.map_err(|error| Error::io("read", from, error))? {
        let Some(name) = entry.file_name() else { continue };
        let place = to.join(name);
        let kind = |path: &Path| path.symlink_metadata().ok().map(|data| data.file_type());
        let (new, old) = (kind(&entry), kind(&place));
        let is_folder = |kind: Option<fs::FileType>| kind.is_some_and(|kind| kind.is_dir());
        if is_folder(new) && is_folder(old) {
            merge_folders(&entry, &place)?;
            continue;
        }
        if is_folder(new) && old.is_some_and(|old| old.is_symlink()) {
            fs::remove_file(&place).map_err(|error| Error::io("replace", &place, error))?;
        }
        rename(&entry, &place)?;
    }
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| Error::io("write", to, error))
}
