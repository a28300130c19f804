//! Copies of configuration files for OpenSSH, in which `~` is another folder than OpenSSH takes it for,
//! or from which lines are taken out.

use std::cell::RefCell;
use std::fmt::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// More files than this, or files that deep in each other, are a circle of `Include`s. OpenSSH stops at
/// the same depth.
const MOST: usize = 256;
pub(super) const DEEPEST: usize = 16;

/// Options whose values are files.
const FILES: [&str; 7] = [
    "identityfile",
    "certificatefile",
    "identityagent",
    "userknownhostsfile",
    "globalknownhostsfile",
    "controlpath",
    "revokedhostkeys",
];

/// What a copy differs in.
pub(super) struct Rewrite<'a> {
    /// What `~` and `%d` are.
    pub(super) home: &'a Path,
    /// The keywords that are kept.
    pub(super) keep: &'a dyn Fn(&str) -> bool,
    /// The copies that were made, each with its original. A line has the same number in both, as long as all
    /// keywords are kept.
    pub(super) made: RefCell<Vec<(PathBuf, PathBuf)>>,
}

impl<'a> Rewrite<'a> {
    pub(super) fn new(home: &'a Path, keep: &'a dyn Fn(&str) -> bool) -> Rewrite<'a> {
        Rewrite { home, keep, made: RefCell::default() }
    }

    /// A text about the copies as one about the originals.
    pub(super) fn of_originals(&self, text: &str) -> String {
        self.made.borrow().iter().fold(text.to_owned(), |text, (copy, original)| {
            text.replace(&copy.display().to_string(), &original.display().to_string())
        })
    }
}

/// A configuration in `folder` that reads the user's file, then the system's.
pub(super) fn with_home(
    own: &Path,
    system: &str,
    rewrite: &Rewrite<'_>,
    folder: &Path,
) -> Result<PathBuf> {
    let mut text = String::new();
    if let Some(copy) = copy(own, rewrite, folder)? {
        let _ = writeln!(text, "Include \"{}\"\nMatch all", copy.display());
    }
    let known = rewrite.home.join(".ssh/known_hosts");
    let _ = writeln!(text, "Include {system}\nMatch all");
    let _ = writeln!(text, "UserKnownHostsFile \"{0}\" \"{0}2\"", known.display());
    store(folder, &text)
}

/// The most bytes of a file.
const MOST_BYTES: u64 = 1 << 20;

/// A copy of the file, with copies of all that it includes; None if it does not exist.
pub(super) fn copy(file: &Path, rewrite: &Rewrite<'_>, folder: &Path) -> Result<Option<PathBuf>> {
    copy_at(0, file, rewrite, folder)
}

/// The same, so deep in other files.
fn copy_at(
    depth: usize,
    file: &Path,
    rewrite: &Rewrite<'_>,
    folder: &Path,
) -> Result<Option<PathBuf>> {
    let text = match crate::read::bytes(file, MOST_BYTES, &|| false) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", file, error)),
    };
    refuse_foreign(file)?;
    let mut copied = String::new();
    for line in text.lines() {
        match keyword(line) {
            Some((word, rest)) if word == "include" => {
                let files = included(depth + 1, rest, rewrite, folder)?;
                let word = if files.is_empty() { "#" } else { "Include" };
                let _ = writeln!(copied, "{word} {}", files.join(" "));
            }
            Some((word, _)) if !(rewrite.keep)(&word) => {}
            Some((word, rest)) if FILES.contains(&word.as_str()) => {
                let _ = writeln!(copied, "{word} {}", at_home(rest, rewrite.home));
            }
            _ => {
                let _ = writeln!(copied, "{line}");
            }
        }
    }
    let copy = store(folder, &copied)?;
    rewrite.made.borrow_mut().push((copy.clone(), file.to_owned()));
    Ok(Some(copy))
}

/// OpenSSH refuses such a file at its usual place; a copy would hide it.
fn refuse_foreign(file: &Path) -> Result<()> {
    let found = file.metadata().map_err(|error| Error::io("read", file, error))?;
    let own = [0, rustix::process::getuid().as_raw()].contains(&found.uid());
    if own && found.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(Error::config(format!("bad owner or permissions on {}", file.display()))
        .cause("other users can write it, and it can name commands to run")
        .hint(format!(
            "read it, then run `chmod 600 {0}` and `chown \"$USER\" {0}`",
            file.display()
        )))
}

/// Copies of the files that an `Include` names, quoted.
fn included(
    depth: usize,
    patterns: &str,
    rewrite: &Rewrite<'_>,
    folder: &Path,
) -> Result<Vec<String>> {
    let mut copies = Vec::new();
    for pattern in shlex::split(patterns).unwrap_or_default() {
        let pattern = match pattern.strip_prefix("~/") {
            Some(below) => rewrite.home.join(below),
            None => rewrite.home.join(".ssh").join(&pattern),
        };
        let files = glob::glob(&pattern.display().to_string()).into_iter().flatten().flatten();
        for file in files.filter(|file| file.is_file()) {
            let count = std::fs::read_dir(folder).map(Iterator::count).unwrap_or_default();
            if count > MOST || depth > DEEPEST {
                return Err(Error::config(format!("{} is included in a circle", file.display()))
                    .hint("check the lines `Include` in ~/.ssh/config"));
            }
            if let Some(copy) = copy_at(depth, &file, rewrite, folder)? {
                copies.push(format!("\"{}\"", copy.display()));
            }
        }
    }
    Ok(copies)
}

/// Replaces `~/` at the beginning of words, and `%d`.
fn at_home(value: &str, home: &Path) -> String {
    let home = home.display().to_string();
    let mut words = String::new();
    let mut before = ' ';
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('~', Some('/')) if before.is_whitespace() || before == '"' => words.push_str(&home),
            ('%', Some('d')) => {
                rest.next();
                words.push_str(&home);
            }
            ('%', Some('%')) => {
                rest.next();
                words.push_str("%%");
            }
            _ => words.push(c),
        }
        before = c;
    }
    words
}

/// The keyword of a line in small letters, and its arguments; None for comments and empty lines.
pub(super) fn keyword(line: &str) -> Option<(String, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim();
    Some((word.trim_matches('"').to_ascii_lowercase(), rest))
}

fn store(folder: &Path, text: &str) -> Result<PathBuf> {
    let (mut file, path) = tempfile::Builder::new()
        .prefix("config-")
        .tempfile_in(folder)
        .and_then(|file| file.keep().map_err(|error| error.error))
        .map_err(|error| Error::io("write below", folder, error))?;
    std::io::Write::write_all(&mut file, text.as_bytes())
        .map_err(|error| Error::io("write", &path, error))?;
    Ok(path)
}
