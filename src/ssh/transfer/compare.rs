//! What a host lacks of a local file or folder, found in one round trip.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::{Cursor, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tar::EntryType;

use super::entries::{Entry, list};
use super::script::Script;
use super::script::Word::{Path as Place, Text};
use crate::report::Watch;
use crate::ssh::host::Host;
use crate::ssh::remote::{Difference, PutOptions};
use crate::{Error, Result, read};

/// `$1` the folder, empty for a single file; `$2` for find: follow a link (-H) or not (-P); `$3` not
/// empty to list everything in the folder. The input is a list of paths. For each that exists it prints
/// three parts: kinds, mode and owner; path; target of a link. For each file in one part more: checksum
/// and path. For everything in the folder two parts: kind; path.
const LIST: &str = r#"if [ -n "$1" ]; then
case $1 in /*) dst=$1 ;; *) dst=$PWD/$1 ;; esac
if [ ! -d "$dst" ]; then
  if [ -e "$dst" ] || [ -L "$dst" ]; then echo "$dst is not a folder" >&2; exit 1; fi
  exit 0
fi
cd "$dst" || exit 1
fi
xargs -0 -r sh -c 'how=$1; shift
find "$how" "$@" -maxdepth 0 -printf "= %y %Y %m %u:%g %U:%G\0%p\0%l\0" 2>/dev/null
find "$how" "$@" -maxdepth 0 -type f -exec sha256sum {} + 2>/dev/null | tr "\n" "\0"' sh "$2"
if [ -n "$3" ]; then find . -mindepth 1 -printf '+ %y\0%p\0'; fi"#;

/// A file, folder or link of the host.
#[derive(Default)]
pub(super) struct Found {
    /// `f`, `d`, `l`… of itself, and of what it links to.
    kinds: [u8; 2],
    mode: u32,
    /// `root:root 0:0`
    owner: String,
    target: Vec<u8>,
    checksum: String,
}

pub fn compare(
    host: &Host,
    local: &Path,
    place: &str,
    options: &PutOptions,
    mirror: bool,
    watch: &Watch,
) -> Result<Difference> {
    let is_tree = local.is_dir();
    let name = local.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    // The names as find prints them: they begin with a dot or a slash, never with a dash.
    let (folder, first) = match place {
        // Only the shell knows that folder.
        place if place.starts_with('~') && !is_tree => match place.rsplit_once('/') {
            Some((folder, "")) => (folder, name.into_owned()),
            Some((folder, name)) => (folder, name.to_owned()),
            None => ("", place.to_owned()),
        },
        _ if is_tree => (if place.is_empty() { "." } else { place }, ".".to_owned()),
        place if place.ends_with('/') => ("", format!("{place}{name}")),
        place => ("", place.to_owned()),
    };
    let first = if is_tree || first.starts_with('/') { first } else { format!("./{first}") };
    let entries = list(local, Path::new(&first), options.mode)?;
    let mut names = Vec::new();
    for entry in &entries {
        names.extend_from_slice(entry.name.as_os_str().as_bytes());
        names.push(0);
    }
    let script = Script {
        text: LIST,
        words: &[
            Place(folder),
            Text(if is_tree { "-P" } else { "-H" }),
            Text(if mirror { "all" } else { "" }),
        ],
        sudo: options.sudo,
        cure: "copy smaller folders one by one",
        what: format!("compare {place} with {}", local.display()),
    };
    let activity = watch.report.activity(&format!("comparing {}:{place}", host.hop.label));
    let answer = script.collect(host, Some(Box::new(Cursor::new(names))), watch)?;
    let answer = Answer::read(&answer).ok_or_else(|| {
        Error::failed(format!("[{}] unexpected answer while comparing {place}", host.hop.label))
    })?;
    activity.status("reading local files");
    let is_same = |entry: &Entry, found: &Found| is_same(entry, found, options, is_tree, watch);
    judge(&entries, &answer, folder, &is_same, is_tree)
}

/// Whether a file or folder is the one found.
type IsSame<'a> = &'a dyn Fn(&Entry, &Found) -> Result<bool>;

fn judge(
    entries: &[Entry],
    answer: &Answer,
    folder: &str,
    is_same: IsSame<'_>,
    is_tree: bool,
) -> Result<Difference> {
    let full = |name: &Path| {
        let inside = name.strip_prefix(".").unwrap_or(name).to_string_lossy().into_owned();
        format!("{}/{inside}", folder.trim_end_matches('/'))
    };
    let mut difference = Difference { all: entries.len(), ..Difference::default() };
    for entry in entries {
        let found = answer.found.get(&entry.name);
        let same = match found {
            Some(found) => is_same(entry, found)?,
            None => false,
        };
        let is_folder = found.map(|found| found.kinds[1] == b'd');
        if is_tree
            && !same
            && is_folder.is_some_and(|is| is != (entry.kind == EntryType::Directory))
        {
            difference.in_the_way.push(full(&entry.name));
        }
        if !same {
            difference.differing += 1;
            let name = entry.name.strip_prefix(".").unwrap_or(&entry.name);
            difference.names.push(name.to_string_lossy().into_owned());
        }
    }
    let known: BTreeSet<&Path> = entries.iter().map(|entry| entry.name.as_path()).collect();
    let surplus = answer.all.iter().filter(|name| !known.contains(name.as_path()));
    difference.surplus = surplus.map(|name| full(name)).collect();
    Ok(difference)
}

/// Whether a copy would leave it as it is.
fn is_same(
    entry: &Entry,
    found: &Found,
    options: &PutOptions,
    is_tree: bool,
    watch: &Watch,
) -> Result<bool> {
    let failed = |error| Error::io("read", &entry.local, error);
    Ok(match entry.kind {
        // A folder that exists keeps its mode and owner.
        EntryType::Directory => found.kinds[1] == b'd',
        EntryType::Symlink => {
            let target = fs::read_link(&entry.local).map_err(failed)?;
            found.kinds[0] == b'l' && found.target == target.as_os_str().as_bytes()
        }
        _ => {
            // A change of the owner takes set-user-id bits away.
            let bits = if is_tree && options.owner.is_some() { 0o1777 } else { 0o7777 };
            found.kinds[0] == b'f'
                && found.mode & bits == entry.mode & bits
                && options.owner.as_deref().is_none_or(|owner| owns(&found.owner, owner))
                && !found.checksum.is_empty()
                && found.checksum == checksum(entry, watch).map_err(failed)?
        }
    })
}

/// Whether a wanted owner, by names or numbers, is the one found.
fn owns(found: &str, wanted: &str) -> bool {
    let (user, group) = match wanted.split_once(':') {
        Some((user, group)) => (user, Some(group).filter(|group| !group.is_empty())),
        None => (wanted, None),
    };
    let pairs: Vec<_> = found.split(' ').filter_map(|pair| pair.split_once(':')).collect();
    let is_user = user.is_empty() || pairs.iter().any(|(name, _)| *name == user);
    is_user && group.is_none_or(|group| pairs.iter().any(|(_, name)| *name == group))
}

/// Of what a copy would have: as many bytes as there were when the folder was listed, or all of a file of the
/// system, whose size is 0.
fn checksum(entry: &Entry, watch: &Watch) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    if entry.size == 0 {
        let cancelled = || watch.cancel.is_cancelled();
        digest.update(read::bytes(&entry.local, read::MOST, &cancelled)?);
    } else {
        std::io::copy(&mut read::open(&entry.local)?.take(entry.size), &mut digest)?;
    }
    Ok(format!("{:x}", digest.finalize()))
}

/// What the host has printed.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) found: BTreeMap<PathBuf, Found>,
    pub(super) all: Vec<PathBuf>,
}

impl Answer {
    pub(super) fn read(bytes: &[u8]) -> Option<Answer> {
        let path = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
        let mut answer = Answer::default();
        let mut parts = bytes.split(|byte| *byte == 0);
        while let Some(part) = parts.next().filter(|part| !part.is_empty()) {
            if let Some(head) = part.strip_prefix(b"= ") {
                let head = String::from_utf8_lossy(head).into_owned();
                let mut words = head.splitn(4, ' ');
                let mut kind = || words.next()?.bytes().next();
                let kinds = [kind()?, kind()?];
                let mode = u32::from_str_radix(words.next()?, 8).ok()?;
                let owner = words.next()?.to_owned();
                let name = path(parts.next()?);
                let target = parts.next()?.to_vec();
                let checksum = String::new();
                answer.found.insert(name, Found { kinds, mode, owner, target, checksum });
            } else if part.starts_with(b"+ ") {
                answer.all.push(path(parts.next()?));
            } else {
                let (checksum, name) = summed(part)?;
                if let Some(found) = answer.found.get_mut(&path(&name)) {
                    found.checksum = checksum;
                }
            }
        }
        Some(answer)
    }
}

/// A line of sha256sum: a backslash in front says that those in the name are escapes.
fn summed(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let (escaped, line) = match line.strip_prefix(b"\\") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (checksum, name) = line.split_at_checked(64)?;
    let name = name.get(2..)?;
    let checksum = String::from_utf8(checksum.to_vec()).ok()?;
    if !escaped {
        return Some((checksum, name.to_vec()));
    }
    let mut plain = Vec::new();
    let mut bytes = name.iter();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                other => *other,
            },
            other => *other,
        });
    }
    Some((checksum, plain))
}

#[cfg(test)]
mod tests {
    use super::{owns, summed};

    #[test]
    fn names_with_line_ends_are_read_from_checksums() {
        let sum = "0".repeat(64);
        let read = |line: String| summed(line.as_bytes()).map(|(_, name)| name);
        assert_eq!(read(format!("{sum}  ./a b")).as_deref(), Some(&b"./a b"[..]));
        assert_eq!(read(format!("\\{sum}  ./a\\nb\\\\")).as_deref(), Some(&b"./a\nb\\"[..]));
        assert_eq!(read("sha256sum: no".into()), None);
    }

    #[test]
    fn an_owner_is_known_by_name_and_number() {
        for wanted in ["ci", "ci:docker", "1000", "1000:55", "ci:", ":docker"] {
            assert!(owns("ci:docker 1000:55", wanted), "{wanted}");
        }
        for wanted in ["root", "ci:root", "55"] {
            assert!(!owns("ci:docker 1000:55", wanted), "{wanted}");
        }
    }
}
