//! Single files: written beside their place, synced, renamed.

use std::io::{Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::contents::Contents;
use super::paths::beside;
use super::progress::Counted;
use super::script::Script;
use super::script::Word::{Path as Place, Text};
use super::tree;
use crate::report::Watch;
use crate::ssh::host::Host;
use crate::ssh::remote::PutOptions;
use crate::{Error, Result, read};

/// `$1` the place, `$2` a template beside it, `$3` the size, `$4` the mode and `$5` the owner (empty:
/// those of the existing file), `$6` the mode of a new file. The size is compared because a broken
/// connection looks like the end of the input. A link to no file, or one that the kernel does not
/// follow (as another user's in /tmp), is replaced.
const WRITE: &str = r#"set -e; umask 077
if [ -d "$1" ]; then echo "$1 is a folder; end the path with / to write into it" >&2; exit 1; fi
place=$1; beside=$2; mode=${4:-$6}; owner=$5
if [ -L "$1" ] && [ -e "$1" ]; then
  place=$(readlink -f "$1")
  beside=${place%/*}/.${place##*/}.imgctl.XXXXXX
fi
if [ -e "$place" ]; then
  mode=${4:-$(stat -c %a "$place")}
  owner=${5:-$(stat -c %u:%g "$place")}
fi
tmp=$(mktemp "$beside")
leave() { trap '' HUP INT TERM; rm -f "$tmp"; }
trap leave EXIT; trap 'leave; exit 1' HUP INT TERM
cat > "$tmp"
if [ "$(wc -c < "$tmp")" -ne "$3" ]; then echo "the transfer was interrupted" >&2; exit 1; fi
if [ -n "$owner" ] && ! chown "$owner" "$tmp"; then
  if [ -z "$5" ]; then echo "cannot keep the owner of $place: Permission denied" >&2; fi
  exit 1
fi
chmod "$mode" "$tmp"
sync "$tmp" 2>/dev/null || sync
mv -f "$tmp" "$place"
trap - EXIT"#;

/// The mode of a new file.
const NEW: &str = "644";

/// The path is among the arguments of `cat` only where that fails, for its message.
const READ: &str = r#"if [ -r "$1" ] && [ ! -d "$1" ]; then exec cat < "$1"; fi
exec cat -- "$1""#;

pub fn put(
    host: &Host,
    local: &Path,
    place: &str,
    options: &PutOptions,
    watch: &Watch,
) -> Result<()> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::not_found(format!("{} does not exist: nothing to upload", local.display()))
        }
        _ => Error::io("read", local, error),
    };
    let data = std::fs::metadata(local).map_err(failed)?;
    if data.is_dir() {
        return tree::put(host, local, place, options, watch);
    }
    if !data.is_file() {
        // Their size is 0, whatever comes out of them.
        let message = format!("{} is a device, pipe or socket, not a file", local.display());
        return Err(Error::usage(message).hint("write its contents to a file first"));
    }
    let name = local.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let place = if place.ends_with('/') { format!("{place}{name}") } else { place.to_string() };
    let mode = options.mode.or(Some(data.permissions().mode() & 0o7777));
    let label = format!("{} → {}:{place}", local.display(), host.hop.label);
    let activity = watch.report.activity(&label);
    if data.len() == 0 {
        // The system does not know the size of its own files, those in /proc and /sys.
        let cancelled = || watch.cancel.is_cancelled();
        let contents = read::bytes(local, read::MOST, &cancelled).map_err(failed)?;
        let size = contents.len() as u64;
        let input = Counted::new(Cursor::new(contents), activity, size);
        return send(host, Box::new(input), size, &place, mode, options, watch);
    }
    let file = Contents::open(local, data.len(), watch.report.clone()).map_err(failed)?;
    let input = Counted::new(file, activity, data.len());
    send(host, Box::new(input), data.len(), &place, mode, options, watch)
}

pub fn write(
    host: &Host,
    contents: &[u8],
    place: &str,
    options: &PutOptions,
    watch: &Watch,
) -> Result<()> {
    let size = contents.len() as u64;
    let label = format!("writing {}:{place}", host.hop.label);
    let input = Counted::new(Cursor::new(contents.to_vec()), watch.report.activity(&label), size);
    send(host, Box::new(input), size, place, options.mode, options, watch)
}

fn send(
    host: &Host,
    input: Box<dyn Read + Send>,
    size: u64,
    place: &str,
    mode: Option<u32>,
    options: &PutOptions,
    watch: &Watch,
) -> Result<()> {
    let owner = options.owner.as_deref().unwrap_or_default();
    let mode = mode.map(|mode| format!("{mode:o}")).unwrap_or_default();
    let script = Script {
        text: WRITE,
        words: &[
            Place(place),
            Place(&beside(place)),
            Text(&size.to_string()),
            Text(&mode),
            Text(owner),
            Text(NEW),
        ],
        sudo: options.sudo,
        what: format!("write {place}"),
        cure: "",
    };
    script.collect(host, Some(input), watch).map(drop)
}

pub fn read(host: &Host, place: &str, sudo: bool, most: usize, watch: &Watch) -> Result<Vec<u8>> {
    let what = format!("read {place}");
    let _activity = watch.report.activity(&format!("reading {}:{place}", host.hop.label));
    let cure = "copy it with host.get, let the host cut it down (`tail`, `grep`), or ask for more with \
                `most: \"64MiB\"`";
    let script = Script { text: READ, words: &[Place(place)], sudo, what, cure };
    script.collect_at_most(most, host, None, watch)
}
