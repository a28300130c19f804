//! One host: the way to it, the sessions it shares, and commands on it.

use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::command::{Command, KEEP, Output, command_failed, printed_too_much, secret_on_terminal};
use super::frame::Program;
use super::hop::Hop;
use super::job::{Ended, Job};
use super::lock::lock;
use super::sessions::Sessions;
use super::sink::{Collect, Sink};
use super::sudo;
use super::wire::{script, shown};
use crate::report::Watch;
use crate::{Error, Result};

/// A kept session that cannot open a channel in this time is considered dead.
const OPENING: Duration = Duration::from_secs(15);

/// A host under the label of one target. Targets that differ in the label only share the sessions.
pub(super) struct Host {
    pub(super) hop: Arc<Hop>,
    pub(super) sessions: Arc<Sessions>,
    idle_timeout: Option<Duration>,
}

impl Host {
    pub(super) fn new(
        hop: Arc<Hop>,
        sessions: Arc<Sessions>,
        idle_timeout: Option<Duration>,
    ) -> Self {
        Host { hop, sessions, idle_timeout }
    }

    /// Runs a command; a non-zero status is not an error.
    pub(super) fn exec(&self, command: &Command, watch: &Watch) -> Result<Output> {
        self.run(command, watch, false)
    }

    /// One try to connect, log in and run `true`.
    pub(super) fn probe(&self, watch: &Watch) -> Result<()> {
        let command = Command { line: "true".to_string(), ..Command::default() };
        let output = self.run(&command, watch, true)?;
        match output.status {
            0 => Ok(()),
            _ => Err(command_failed(&self.hop.label, "true", &output)),
        }
    }

    /// A job with nothing but a script; `sink` takes its output.
    pub(super) fn job(
        &self,
        script: String,
        shown: String,
        sink: Arc<Mutex<dyn Sink>>,
        watch: &Watch,
    ) -> Job {
        Job {
            script,
            sudo: None,
            label: self.hop.label.clone(),
            shown,
            secret: false,
            pty: false,
            input: None,
            sink,
            report: watch.report.clone(),
            cancel: watch.cancel.clone(),
            timeout: None,
            idle: None,
            opening: OPENING.min(self.hop.connect_timeout),
            shell: self.sessions.login_shell.clone(),
        }
    }

    /// Runs a job; `probing` as in [`Sessions::run`]. A script with a secret, such as a path with one,
    /// is sent by standard input: all users of a machine can read the arguments of its programs.
    pub(super) fn send(&self, mut job: Job, watch: &Watch, probing: bool) -> Result<Ended> {
        if job.secret || watch.is_secret(&job.script) {
            if job.pty {
                return Err(secret_on_terminal());
            }
            job.send_script_by_input();
        }
        let user = job.sudo.as_deref();
        if (Program { text: &job.script, user, pty: job.pty, is_sh: false }).is_too_long() {
            if job.pty {
                return Err(Error::usage(format!(
                    "[{}] `{}` is too long for a terminal",
                    job.label, job.shown
                ))
                .hint("write it to a file with host.write, and run that, or omit `pty`"));
            }
            job.send_script_by_input();
        }
        self.sessions.run(job, watch, probing)
    }

    fn run(&self, command: &Command, watch: &Watch, probing: bool) -> Result<Output> {
        let label = &self.hop.label;
        let shown = shown(command);
        let keep = command.keep.unwrap_or(KEEP);
        let mut collect = Collect::new(keep);
        if command.whole {
            collect = collect.or_fail(printed_too_much(label, &shown, keep));
        }
        if command.live {
            collect = collect.live(watch.report.clone(), label);
        }
        let sink = Arc::new(Mutex::new(collect));
        let mut job = self.job(script(command)?, shown.clone(), sink.clone(), watch);
        job.sudo = command.sudo.clone().filter(|user| *user != self.hop.user);
        job.input = command
            .stdin
            .clone()
            .filter(|it| !it.is_empty())
            .map(|it| Box::new(Cursor::new(it)) as Box<dyn Read + Send>);
        job.secret = command.secret;
        job.pty = command.pty;
        job.timeout = command.timeout;
        job.idle = self.idle_timeout;
        let sudo = job.sudo.clone();
        let _activity = watch.report.activity(&format!("{label}: {shown}"));
        let began = Instant::now();
        let result = self.send(job, watch, probing);
        let seconds = began.elapsed().as_secs_f64();
        let mut collect = lock(&sink);
        collect.finish();
        let ended = result?;
        if let Some(user) = &sudo
            && ended.status != 0
        {
            // A terminal has one stream for stdout and stderr.
            let printed = if command.pty { &collect.stdout } else { &collect.stderr };
            if let Some(error) = sudo::refusal(label, user, ended.status, printed) {
                return Err(error);
            }
        }
        Ok(Output {
            stdout: std::mem::take(&mut collect.stdout),
            stderr: std::mem::take(&mut collect.stderr),
            status: ended.status,
            signal: ended.signal,
            truncated: collect.truncated,
            seconds,
        })
    }
}
