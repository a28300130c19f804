//! Small shell scripts that carry files by their standard input and output: they need only the usual
//! tools of the remote machine, and can run as root.

use std::io::Read;
use std::sync::{Arc, Mutex};

use crate::report::Watch;
use crate::ssh::command::too_much;
use crate::ssh::host::Host;
use crate::ssh::job::Ended;
use crate::ssh::lock::lock;
use crate::ssh::quote::{quote, quote_path};
use crate::ssh::sink::{Collect, Sink};
use crate::ssh::sudo::refusal;
use crate::{Code, Error, Result, said};

/// Bytes of an answer that is not a file: some 500,000 names.
const MOST: usize = 128 * 1024 * 1024;

/// A script that copies one file or folder.
pub(super) struct Script<'a> {
    pub(super) text: &'a str,
    /// Its `$1`, `$2`…
    pub(super) words: &'a [Word<'a>],
    /// Run as root.
    pub(super) sudo: bool,
    /// Its purpose, for messages: `write /etc/motd`.
    pub(super) what: String,
    /// What to do about an answer that is too long.
    pub(super) cure: &'static str,
}

/// A word for a script.
pub(super) enum Word<'a> {
    /// A path on the host; a template of a name beside it is one, too.
    Path(&'a str),
    Text(&'a str),
}

impl Word<'_> {
    fn quoted(&self) -> Result<String> {
        match self {
            Word::Path("") => Ok("''".to_owned()),
            Word::Path(path) => quote_path(path),
            Word::Text(text) => quote(text).map(Into::into),
        }
    }
}

impl Script<'_> {
    /// Runs it; the status is the caller's to judge.
    pub(super) fn run(
        &self,
        host: &Host,
        input: Option<Box<dyn Read + Send>>,
        sink: Arc<Mutex<dyn Sink>>,
        watch: &Watch,
    ) -> Result<Ended> {
        let words = self.words.iter().map(|word| word.quoted()).collect::<Result<Vec<_>>>()?;
        // `judge` reads the messages of the tools, so they must be in English.
        let line = format!("LC_ALL=C; export LC_ALL; set -- {}\n{}", words.join(" "), self.text);
        let mut job = host.job(line, self.what.clone(), sink, watch);
        job.sudo = (self.sudo && host.hop.user != "root").then(|| "root".to_string());
        job.input = input;
        host.send(job, watch, false)
    }

    /// Runs it and keeps its standard output.
    pub(super) fn collect(
        &self,
        host: &Host,
        input: Option<Box<dyn Read + Send>>,
        watch: &Watch,
    ) -> Result<Vec<u8>> {
        self.collect_at_most(MOST, host, input, watch)
    }

    /// The same; more output than this is an error.
    pub(super) fn collect_at_most(
        &self,
        most: usize,
        host: &Host,
        input: Option<Box<dyn Read + Send>>,
        watch: &Watch,
    ) -> Result<Vec<u8>> {
        let label = &host.hop.label;
        let error = too_much(label, &format!("the answer to `{}` has", self.what), most, self.cure);
        let sink = Arc::new(Mutex::new(Collect::new(most).or_fail(error)));
        let ended = self.run(host, input, sink.clone(), watch)?;
        let mut collect = lock(&sink);
        self.judge(host, &ended, &collect.stderr)?;
        Ok(std::mem::take(&mut collect.stdout))
    }

    /// Turns a failed script into an error. The tools have one exit status for all failures, so the
    /// kind of failure is read from their messages.
    pub(super) fn judge(&self, host: &Host, ended: &Ended, stderr: &[u8]) -> Result<()> {
        if ended.status == 0 {
            return Ok(());
        }
        let label = &host.hop.label;
        if self.sudo
            && let Some(error) = refusal(label, "root", ended.status, stderr)
        {
            return Err(error);
        }
        // The last line of tar only says that there were others before.
        let says = |line: &String| !line.ends_with("due to previous errors");
        let reason = said::lines(stderr).into_iter().rev().find(says);
        let reason = match (&ended.signal, reason) {
            (_, Some(line)) => line,
            (Some(signal), None) => format!("it was killed by signal {signal}"),
            (None, None) => format!("it exited with status {}", ended.status),
        };
        let error = Error::new(Code::Failed, format!("[{label}] cannot {}", self.what));
        Err(if reason.contains("No such file or directory") {
            error.with_code(Code::NotFound).cause(reason)
        } else if reason.contains("Permission denied") && !self.sudo {
            error.cause(reason).hint("use sudo")
        } else {
            error.cause(reason)
        })
    }
}
