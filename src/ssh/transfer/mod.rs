//! Files and folders, carried by the standard input and output of small shell scripts: they need
//! nothing on the other side but its usual tools, and work as another user.

mod fetch;
mod file;
mod progress;
mod tree;
mod unpack;

pub(super) use fetch::get;
pub(super) use file::{put, read, write};

use std::io::Read;
use std::sync::{Arc, Mutex};

use super::command::{as_user, quote, sudo_refusal};
use super::remote::SshRemote;
use super::run::{Ended, Job, lock};
use super::sink::{Collect, Sink};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// A script that moves one thing.
struct Script<'a> {
    text: &'a str,
    /// Its `$1`, `$2`…
    words: &'a [&'a str],
    /// Run as root.
    sudo: bool,
    /// What it does, for messages: `write /etc/motd`.
    what: String,
}

impl Script<'_> {
    /// Runs it; the status is the caller's to judge.
    fn run(
        &self,
        remote: &SshRemote,
        input: Option<Box<dyn Read + Send>>,
        sink: Arc<Mutex<dyn Sink>>,
        watch: &Watch,
    ) -> Result<Ended> {
        let words =
            self.words.iter().map(|word| quote(word)).collect::<Result<Vec<_>>>()?.join(" ");
        let sudo = (self.sudo && remote.hop.user != "root").then(|| "root".to_string());
        // Messages of the tools are read below, so they must come in English.
        let line = format!("LC_ALL=C; export LC_ALL; set -- {words}\n{}", self.text);
        let job = Job {
            line: as_user(&line, sudo.as_deref())?,
            label: remote.hop.label.clone(),
            shown: self.what.clone(),
            secret: false,
            pty: false,
            input,
            sink,
            cancel: watch.cancel.clone(),
            timeout: None,
            idle: None,
            sudo,
        };
        remote.host.run(job, watch, false)
    }

    /// Runs it and keeps its standard output.
    fn collect(
        &self,
        remote: &SshRemote,
        input: Option<Box<dyn Read + Send>>,
        watch: &Watch,
    ) -> Result<Vec<u8>> {
        let sink = Arc::new(Mutex::new(Collect::new(usize::MAX)));
        let ended = self.run(remote, input, sink.clone(), watch)?;
        let mut collect = lock(&sink);
        self.judge(remote, &ended, &collect.stderr)?;
        Ok(std::mem::take(&mut collect.stdout))
    }

    /// Turns a failed script into an error.
    fn judge(&self, remote: &SshRemote, ended: &Ended, stderr: &[u8]) -> Result<()> {
        if ended.status == 0 {
            return Ok(());
        }
        let label = &remote.hop.label;
        if self.sudo
            && let Some(error) = sudo_refusal(label, "root", ended.status, stderr)
        {
            return Err(error);
        }
        let text = String::from_utf8_lossy(stderr);
        let reason = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let reason = match (&ended.signal, reason) {
            (_, Some(line)) => line.to_string(),
            (Some(signal), None) => format!("it was ended by signal {signal}"),
            (None, None) => format!("it ended with status {}", ended.status),
        };
        let error = Error::new(Code::Failed, format!("[{label}] cannot {}", self.what));
        Err(if reason.contains("No such file or directory") {
            error.with_code(Code::NotFound).cause(reason)
        } else if reason.contains("Permission denied") && !self.sudo {
            error.cause(reason).hint("use sudo for it")
        } else {
            error.cause(reason)
        })
    }
}

/// The folder and the name of a remote path; a path without a slash is in the login folder.
fn split(path: &str) -> (&str, &str) {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((parent, name)) => (parent, name),
        None if path.starts_with('/') => ("/", ""),
        None => (".", path.trim_end_matches('/')),
    }
}

/// The template of a temporary name beside `path`. The dot keeps it out of folders whose every
/// file is read, such as `/etc/cron.d`.
fn beside(path: &str) -> String {
    let (parent, name) = split(path);
    format!("{}/.{name}.imgctl.XXXXXX", if parent == "/" { "" } else { parent })
}
