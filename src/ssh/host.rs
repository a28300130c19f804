//! One host: the way to it, the sessions it shares, and commands on it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::command::{Command, Output, command_failed};
use super::hop::Hop;
use super::job::Job;
use super::lock::lock;
use super::sessions::Sessions;
use super::sink::{Collect, KEEP};
use super::sudo;
use super::wire::{Wire, shown, wire};
use crate::Result;
use crate::report::Watch;

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

    fn run(&self, command: &Command, watch: &Watch, probing: bool) -> Result<Output> {
        let label = &self.hop.label;
        let Wire { line, input, sudo } = wire(command, &self.hop.user)?;
        let shown = shown(command);
        let mut collect = Collect::new(command.keep.unwrap_or(KEEP));
        if command.live {
            collect = collect.live(watch.report.clone(), label);
        }
        let sink = Arc::new(Mutex::new(collect));
        let job = Job {
            line,
            label: label.clone(),
            shown: shown.clone(),
            secret: command.secret,
            pty: command.pty,
            input,
            sink: sink.clone(),
            cancel: watch.cancel.clone(),
            timeout: command.timeout,
            idle: self.idle_timeout,
            sudo: sudo.clone(),
        };
        let _activity = watch.report.activity(&format!("{label}: {shown}"));
        let began = Instant::now();
        let result = self.sessions.run(job, watch, probing);
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
