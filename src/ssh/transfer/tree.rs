//! A folder as one stream of tar, so that two thousand files cost one round trip.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use tar::{Builder, EntryType, Header};

use super::contents::Contents;
use super::entries::{Entry, list};
use super::paths::beside;
use super::progress::Counted;
use super::script::Script;
use super::script::Word::{Path as Place, Text};
use crate::report::Watch;
use crate::ssh::host::Host;
use crate::ssh::remote::PutOptions;
use crate::{Result, read};

/// A header, and what contents are filled up to.
const BLOCK: usize = 512;

/// `$1` the place, `$2` a template beside it, `$3` the owner. The whole stream is unpacked beside the
/// place before anything is moved there; the entry `end` proves that the stream was complete. Folders
/// that exist on both sides keep their mode and owner; everything else is moved by rename.
const UNPACK: &str = r#"set -e; umask 022
case $1 in /*) dst=$1 ;; *) dst=$PWD/$1 ;; esac
if [ -e "$dst" ] && [ ! -d "$dst" ]; then echo "$dst is not a folder" >&2; exit 1; fi
merge() (
cd "$1"
for entry in * .[!.]* ..?*; do
if [ -d "$entry" ] && [ ! -L "$entry" ] && [ -d "$2/$entry" ]; then
merge "$1/$entry" "$2/$entry" && rmdir "$entry"
fi
done
find . -mindepth 1 -maxdepth 1 -exec mv -f -t "$2" -- {} +
)
tmp=$(mktemp -d "$2")
leave() { trap '' HUP INT TERM; rm -rf "$tmp"; }
trap leave EXIT; trap 'leave; exit 1' HUP INT TERM
case $tmp in /*) ;; *) tmp=$PWD/$tmp ;; esac
tar -xpomf - -C "$tmp"
if [ ! -e "$tmp/end" ]; then echo "the transfer was interrupted" >&2; exit 1; fi
if [ -n "$3" ]; then chown -Rh "$3" "$tmp/tree"; fi
sync -f "$tmp" 2>/dev/null || sync
if [ -d "$dst" ]; then merge "$tmp/tree" "$dst"; else mv "$tmp/tree" "$dst"; fi"#;

/// Uploads the contents of the folder `local` to the folder `place`.
pub(super) fn put(
    host: &Host,
    local: &Path,
    place: &str,
    options: &PutOptions,
    watch: &Watch,
) -> Result<()> {
    let place = match place.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    let entries = list(local, Path::new("tree"), options.mode)?;
    let total = entries.iter().map(|entry| entry.size).sum();
    let label = format!("{} → {}:{place}", local.display(), host.hop.label);
    let stream = TarStream::new(entries, watch.clone());
    let input = Counted::new(stream, watch.report.activity(&label), total);
    let script = Script {
        text: UNPACK,
        words: &[
            Place(place),
            Place(&beside(place)),
            Text(options.owner.as_deref().unwrap_or_default()),
        ],
        sudo: options.sudo,
        cure: "",
        what: format!("upload {} to {place}", local.display()),
    };
    script.collect(host, Some(Box::new(input)), watch).map(drop)
}

/// Writes the archive while it is read, so that it is never in memory as a whole.
struct TarStream {
    entries: std::vec::IntoIter<Entry>,
    /// Headers and padding not read yet.
    pending: io::Cursor<Vec<u8>>,
    /// The file being sent, and the padding after it.
    file: Option<(Contents, usize)>,
    ended: bool,
    watch: Watch,
}

impl TarStream {
    fn new(entries: Vec<Entry>, watch: Watch) -> Self {
        let pending = io::Cursor::default();
        TarStream { entries: entries.into_iter(), pending, file: None, ended: false, watch }
    }

    fn begin(&mut self, entry: Entry) -> io::Result<()> {
        let mut contents = Vec::new();
        if entry.kind == EntryType::Regular && entry.size == 0 {
            // The system does not know the size of its own files, those in /proc and /sys.
            let cancelled = || self.watch.cancel.is_cancelled();
            contents = read::bytes(&entry.local, read::MOST, &cancelled)?;
        }
        let mut header = Header::new_gnu();
        header.set_entry_type(entry.kind);
        header.set_mode(entry.mode);
        header.set_size(entry.size.max(contents.len() as u64));
        let mut builder = Builder::new(Vec::new());
        if entry.kind == EntryType::Symlink {
            builder.append_link(&mut header, &entry.name, fs::read_link(&entry.local)?)?;
        } else {
            // The contents follow later; the builder writes only the header.
            builder.append_data(&mut header, &entry.name, io::empty())?;
        }
        self.pending = io::Cursor::new(std::mem::take(builder.get_mut()));
        if !contents.is_empty() {
            contents.resize(contents.len().next_multiple_of(BLOCK), 0);
            self.pending.get_mut().append(&mut contents);
        } else if entry.kind == EntryType::Regular && entry.size > 0 {
            let report = self.watch.report.clone();
            let file = Contents::open(&entry.local, entry.size, report)?;
            // Always less than a block.
            let padding = usize::try_from(entry.size.next_multiple_of(BLOCK as u64) - entry.size);
            self.file = Some((file, padding.unwrap_or(0)));
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.ended = true;
        let mut header = Header::new_gnu();
        header.set_mode(0o600);
        let mut builder = Builder::new(Vec::new());
        builder.append_data(&mut header, "end", io::empty())?;
        self.pending = io::Cursor::new(builder.into_inner()?);
        Ok(())
    }
}

impl Read for TarStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        // Fill the buffer, so that small entries share a packet.
        while filled < buffer.len() {
            let length = self.pending.read(&mut buffer[filled..])?;
            filled += length;
            if length > 0 {
                continue;
            }
            if let Some((contents, padding)) = &mut self.file {
                match contents.read(&mut buffer[filled..])? {
                    0 => {
                        self.pending = io::Cursor::new(vec![0; *padding]);
                        self.file = None;
                    }
                    length => filled += length,
                }
            } else if let Some(entry) = self.entries.next() {
                let path = entry.local.clone();
                self.begin(entry).map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
                })?;
            } else if self.ended {
                break;
            } else {
                self.end()?;
            }
        }
        Ok(filled)
    }
}
