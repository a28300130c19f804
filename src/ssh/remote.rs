//! A machine reached through the pool.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::command::{self, Wire};
use super::pool::Host;
use super::route::Hop;
use super::run::{Job, lock};
use super::sink::{Collect, KEEP};
use super::{Command, Output, PutOptions, Remote, shell, transfer};
use crate::Result;
use crate::report::Watch;

pub(super) struct SshRemote {
    pub(super) hop: Arc<Hop>,
    pub(super) host: Arc<Host>,
    idle_timeout: Option<Duration>,
}

impl SshRemote {
    pub(super) fn new(hop: Arc<Hop>, host: Arc<Host>, idle_timeout: Option<Duration>) -> Self {
        SshRemote { hop, host, idle_timeout }
    }

    fn run(&self, command: &Command, watch: &Watch, probing: bool) -> Result<Output> {
        let label = &self.hop.label;
        let Wire { line, input, sudo } = command::wire(command, &self.hop.user)?;
        let shown = command::shown(command);
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
        let result = self.host.run(job, watch, probing);
        let seconds = began.elapsed().as_secs_f64();
        let mut collect = lock(&sink);
        collect.finish();
        let ended = result?;
        if let Some(user) = &sudo
            && ended.status != 0
        {
            // A terminal has one stream for both.
            let printed = if command.pty { &collect.stdout } else { &collect.stderr };
            if let Some(error) = command::sudo_refusal(label, user, ended.status, printed) {
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

impl Remote for SshRemote {
    fn label(&self) -> &str {
        &self.hop.label
    }

    fn address(&self) -> String {
        self.hop.address()
    }

    fn exec(&self, command: &Command, watch: &Watch) -> Result<Output> {
        self.run(command, watch, false)
    }

    fn put(&self, local: &Path, remote: &str, options: &PutOptions, watch: &Watch) -> Result<()> {
        transfer::put(self, local, remote, options, watch)
    }

    fn write(
        &self,
        contents: &[u8],
        remote: &str,
        options: &PutOptions,
        watch: &Watch,
    ) -> Result<()> {
        transfer::write(self, contents, remote, options, watch)
    }

    fn get(&self, remote: &str, local: &Path, sudo: bool, watch: &Watch) -> Result<()> {
        transfer::get(self, remote, local, sudo, watch)
    }

    fn read(&self, remote: &str, sudo: bool, watch: &Watch) -> Result<Vec<u8>> {
        transfer::read(self, remote, sudo, watch)
    }

    fn probe(&self, watch: &Watch) -> Result<()> {
        let command = Command { line: "true".to_string(), ..Command::default() };
        let output = self.run(&command, watch, true)?;
        match output.status {
            0 => Ok(()),
            _ => Err(super::command_failed(&self.hop.label, "true", &output)),
        }
    }

    fn disconnect(&self) {
        self.host.disconnect();
    }

    fn shell(&self, command: Option<&str>, watch: &Watch) -> Result<i32> {
        shell::shell(self, command, watch)
    }
}
