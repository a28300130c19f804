//! Starting and stopping an instance's QEMU.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::process::Command;

use super::instance::Record;
use super::program::{self, Redirect};
use super::qmp::Qmp;
use super::{Local, command, console, qmp, store};
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// Between choosing a free port and QEMU's taking it, another program may be faster.
const PORT_TRIES: u32 = 5;

/// A guest that is still booting misses the power button; it is pressed again.
const PRESS_AGAIN: Duration = Duration::from_secs(15);

/// What QEMU may take to end by itself when told to.
const QUIT_PATIENCE: Duration = Duration::from_secs(5);

/// What the system may take to end a killed process.
const KILL_PATIENCE: Duration = Duration::from_secs(60);

impl Local {
    /// Starts it unless it runs. The store must be locked.
    pub(super) async fn run(&self, record: &mut Record, watch: &Watch) -> Result<()> {
        if record.process(&self.store).is_some() {
            return Ok(());
        }
        if !record.backing.is_file() {
            return Err(Error::not_found(format!(
                "the base image of {} is gone: {}",
                record.id,
                record.backing.display()
            ))
            .hint("destroy the instance, and create it anew"));
        }
        let qemu = self.qemu()?;
        let accelerator = self
            .accelerators
            .choose(self.settings.accelerator, self.machine, &qemu, &self.store, watch)
            .await?;
        let folder = self.store.instance(&record.id);
        let activity = watch.report.activity(&format!("starting {}", record.name));
        for attempt in 1.. {
            record.ssh_port = free_port(record.ssh_port)?;
            record.started = true;
            record.save(&self.store)?;
            for stale in [super::process::PID_FILE, command::LOG, qmp::SOCKET] {
                store::remove(&folder.join(stale))?;
            }
            let firmware = self.settings.firmware.as_deref();
            let mut line = Command::new(&qemu);
            line.current_dir(&folder).args(command::arguments(
                record,
                self.machine,
                accelerator,
                firmware,
                &folder,
            ));
            activity.status(&format!("SSH will be at 127.0.0.1:{}", record.ssh_port));
            let patience = self.settings.start_timeout.unsigned_abs();
            match launch(line, patience, watch).await {
                Ok(()) => break,
                Err(error) if lost_race(&error) && attempt < PORT_TRIES => record.ssh_port = 0,
                Err(error) => return Err(self.explain(error, record, &folder)),
            }
        }
        match record.process(&self.store) {
            Some(_) => Ok(()),
            None => {
                let reason = record.describe(&self.store).reason.unwrap_or_default();
                Err(Error::failed(format!("{} ended at once", record.id)).cause(reason))
            }
        }
    }

    fn explain(&self, error: Error, record: &mut Record, folder: &Path) -> Error {
        if error.code() == Code::Interrupted {
            return error;
        }
        let log = std::fs::read_to_string(folder.join(command::LOG)).unwrap_or_default();
        let error = error.context(format!("QEMU cannot start {}", record.id));
        log.lines().rev().take(3).collect::<Vec<_>>().into_iter().rev().fold(error, Error::cause)
    }

    /// Presses the power button until the guest is off.
    pub(super) async fn shut_down(&self, record: &Record, watch: &Watch) -> Result<()> {
        if record.process(&self.store).is_none() {
            return Ok(());
        }
        let folder = self.store.instance(&record.id);
        let patience = Patience::for_up_to(self.settings.stop_timeout.unsigned_abs())
            .at_most_every(Duration::from_millis(500));
        let pressed = std::sync::Mutex::new(None::<Instant>);
        let (pressed, folder) = (&pressed, &folder);
        let what = format!("{} to shut down", record.name);
        let waited = wait::until(&what, patience, watch, || async move {
            if record.process(&self.store).is_none() {
                return Ok(Poll::Ready(()));
            }
            let due = {
                let mut pressed = pressed.lock().unwrap_or_else(|poison| poison.into_inner());
                let due = pressed.is_none_or(|at| at.elapsed() >= PRESS_AGAIN);
                if due {
                    *pressed = Some(Instant::now());
                }
                due
            };
            if due && let Err(error) = press_power_button(folder).await {
                return Ok(Poll::Pending(error.to_string()));
            }
            Ok(Poll::Pending("the guest has been told to power off".to_owned()))
        })
        .await;
        waited.map_err(|error| match error.code() {
            Code::Timeout => {
                let console = console::tail(&folder.join(command::CONSOLE), 2048);
                let last = console.unwrap_or_default();
                let last: Vec<&str> = last.lines().filter(|line| !line.trim().is_empty()).collect();
                let error = last[last.len().saturating_sub(5)..]
                    .iter()
                    .fold(error, |error, line| error.cause(format!("console: {line}")));
                error.hint(
                    "power it off from within, give it longer (`stop_timeout`), or destroy it",
                )
            }
            _ => error,
        })
    }

    /// Ends its QEMU whatever the guest does, and verifies that.
    pub(super) async fn kill(&self, record: &Record, watch: &Watch) -> Result<()> {
        let Some(process) = record.process(&self.store) else { return Ok(()) };
        let folder = self.store.instance(&record.id);
        let quit = async { Qmp::connect(&folder).await?.execute("quit").await };
        // A QEMU that does not listen is killed below.
        if let Ok(Ok(_)) = tokio::time::timeout(QUIT_PATIENCE, quit).await
            && self.ended(record, QUIT_PATIENCE, watch).await.is_ok()
        {
            return Ok(());
        }
        process.kill(&record.id)?;
        self.ended(record, KILL_PATIENCE, watch).await
    }

    async fn ended(&self, record: &Record, patience: Duration, watch: &Watch) -> Result<()> {
        let patience = Patience::for_up_to(patience).at_most_every(Duration::from_millis(200));
        wait::until(&format!("the QEMU of {} to end", record.id), patience, watch, || async {
            Ok(match record.process(&self.store) {
                None => Poll::Ready(()),
                Some(process) => Poll::Pending(format!("process {} is alive", process.pid())),
            })
        })
        .await
    }
}

async fn press_power_button(folder: &Path) -> Result<()> {
    Qmp::connect(folder).await?.execute("system_powerdown").await.map(drop)
}

/// Runs QEMU until it has gone to the background, which it does once the machine is made.
async fn launch(line: Command, patience: Duration, watch: &Watch) -> Result<()> {
    let run = program::run_command(line, Redirect::default(), watch, |_| ());
    match tokio::time::timeout(patience, run).await {
        Ok(result) => result.map(drop),
        Err(_) => Err(Error::new(
            Code::Timeout,
            format!("waited {} s for QEMU to go to the background", patience.as_secs()),
        )),
    }
}

fn lost_race(error: &Error) -> bool {
    error.causes().iter().any(|cause| cause.contains("Could not set up host forwarding rule"))
}

/// The port it had, if that is free, else any.
fn free_port(wanted: u16) -> Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = bind(wanted).or_else(|_| bind(0));
    listener
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Error::new(Code::Io, "no port is free on 127.0.0.1").cause(error))
}
