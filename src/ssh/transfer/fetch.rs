//! Copies a remote file or folder here, complete or not at all.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::NamedTempFile;

use super::paths::{parent, split, umask};
use super::script::Script;
use super::script::Word::Path as Place;
use super::unpack::Unpack;
use crate::report::{Activity, Level, Stream, Watch};
use crate::ssh::host::Host;
use crate::ssh::lock::lock;
use crate::ssh::sink::Sink;
use crate::{Error, Result, said};

/// Prints a line that says what follows, then the file or folder itself. Devices such as /dev/zero, and pipes,
/// have no end, or none that would ever come.
const SEND: &str = r#"if [ -d "$1" ]; then
  case $(stat -f -c %T -- "$1" 2>/dev/null) in proc|sysfs|cgroup*|debugfs|tracefs|securityfs|configfs)
    echo "$1 has files of the system, whose sizes are not known: read them one by one" >&2; exit 1
  esac
  echo folder; exec tar -cf - -C "$1" .
fi
if [ -c "$1" ] || [ -p "$1" ] || [ -S "$1" ]; then
  echo "$1 is a device, pipe or socket, not a file" >&2; exit 1
fi
if [ -e "$1" ]; then stat -L -c "file %s %a" -- "$1"; fi
if [ -r "$1" ]; then exec cat < "$1"; fi
exec cat -- "$1""#;

/// Bytes of that line, at most.
const HEADER: usize = 200;

pub fn get(host: &Host, place: &str, local: &Path, sudo: bool, watch: &Watch) -> Result<()> {
    let (_, name) = split(place);
    let label = format!("{}:{place} → {}", host.hop.label, local.display());
    let sink = Arc::new(Mutex::new(Fetch::new(local, name, watch.report.activity(&label))));
    let script = Script {
        text: SEND,
        words: &[Place(place)],
        sudo,
        what: format!("download {place}"),
        cure: "",
    };
    let ended = script.run(host, None, sink.clone(), watch)?;
    let mut fetch = lock(&sink);
    script.judge(host, &ended, &fetch.stderr)?;
    fetch.finish(&host.hop.label, place)?;
    // What tar passes over, such as a socket, it only mentions.
    let told = said::last(&fetch.stderr, TOLD);
    for line in told.iter().chain(&fetch.skipped) {
        watch.report.log(Level::Warning, &format!("{}:{place}: {line}", host.hop.label));
    }
    Ok(())
}

/// Lines of tar that are passed on.
const TOLD: usize = 5;

/// What came so far.
pub(super) struct Fetch {
    local: PathBuf,
    /// The last part of the remote path.
    name: String,
    activity: Box<dyn Activity>,
    /// The first line, until it is complete.
    pub(super) header: Option<Vec<u8>>,
    body: Option<Body>,
    stderr: Vec<u8>,
    /// What was not copied, in words.
    skipped: Option<String>,
    done: u64,
    total: Option<u64>,
}

enum Body {
    File(NamedTempFile, u32),
    Folder(Unpack),
}

impl Sink for Fetch {
    fn take(&mut self, stream: Stream, bytes: &[u8]) -> Result<()> {
        if stream == Stream::Stderr {
            // Enough for a message, however much is printed.
            let room = (64 * 1024usize).saturating_sub(self.stderr.len()).min(bytes.len());
            self.stderr.extend_from_slice(&bytes[..room]);
            return Ok(());
        }
        let mut bytes = bytes;
        if let Some(header) = &mut self.header {
            let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                header.extend_from_slice(bytes);
                if header.len() > HEADER {
                    let begins = String::from_utf8_lossy(&header[..HEADER / 4]).into_owned();
                    return Err(Error::failed("unexpected answer without end").cause(begins));
                }
                return Ok(());
            };
            header.extend_from_slice(&bytes[..end]);
            let text = String::from_utf8_lossy(header).into_owned();
            self.header = None;
            bytes = &bytes[end + 1..];
            self.begin(&text)?;
        }
        match &mut self.body {
            Some(Body::File(file, _)) => {
                file.write_all(bytes).map_err(|error| Error::io("write", &self.local, error))?;
            }
            Some(Body::Folder(unpack)) => unpack.push(bytes)?,
            None => {}
        }
        if self.body.is_none() {
            return Ok(());
        }
        self.done += bytes.len() as u64;
        self.activity.progress(self.done, self.total);
        Ok(())
    }
}

impl Fetch {
    pub(super) fn new(local: &Path, name: &str, activity: Box<dyn Activity>) -> Self {
        Fetch {
            local: local.to_path_buf(),
            name: name.to_string(),
            activity,
            header: Some(Vec::new()),
            body: None,
            stderr: Vec::new(),
            skipped: None,
            done: 0,
            total: None,
        }
    }

    /// Moves what came to its place. A file may grow while it is sent, as logs do, but what was
    /// announced must have come.
    pub(super) fn finish(&mut self, label: &str, place: &str) -> Result<()> {
        if let Some(total) = self.total.filter(|total| self.done < *total) {
            return Err(Error::failed(format!(
                "[{label}] {place} is not complete: {} of {total} bytes came",
                self.done
            ))
            .hint("it may have become shorter while it was sent: try again"));
        }
        match self.body.take() {
            Some(Body::File(file, mode)) => finish(file, mode, &self.local),
            Some(Body::Folder(unpack)) => {
                self.skipped = unpack.finish(&self.local)?;
                Ok(())
            }
            None => Err(Error::failed(format!("[{label}] received nothing for {place}"))),
        }
    }

    fn begin(&mut self, header: &str) -> Result<()> {
        let words: Vec<&str> = header.split_whitespace().collect();
        let unclear = || Error::failed(format!("unexpected answer: {header}"));
        self.body = Some(match words[..] {
            ["folder"] => Body::Folder(Unpack::start(&self.local)?),
            ["file", size, mode] => {
                self.total = Some(size.parse().map_err(|_| unclear())?);
                if self.local.is_dir() {
                    self.local.push(&self.name);
                }
                let mode = u32::from_str_radix(mode, 8).map_err(|_| unclear())?;
                let file = tempfile::Builder::new()
                    .prefix(".imgctl.")
                    .tempfile_in(parent(&self.local))
                    .map_err(|error| Error::io("write beside", &self.local, error))?;
                Body::File(file, mode & 0o777)
            }
            _ => return Err(unclear()),
        });
        Ok(())
    }
}

/// The file gets the remote one's permissions, as far as the umask here allows.
fn finish(file: NamedTempFile, mode: u32, local: &Path) -> Result<()> {
    let failed = |error| Error::io("write", local, error);
    let mode = mode & !umask(parent(local)).map_err(failed)?;
    file.as_file().set_permissions(PermissionsExt::from_mode(mode)).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(local).map_err(|error| failed(error.error))?;
    Ok(())
}
