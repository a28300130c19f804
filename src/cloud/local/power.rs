//! Starting and stopping an instance's QEMU.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::process::Command;

use super::instance::Record;
use super::program::{self, Redirect};
use super::provider::Local;
use super::qmp::Qmp;
use super::{command, console, process, qmp, store};
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{ResourceKind, refusals};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// How often a port is chosen: another program may take it before QEMU does.
const PORT_TRIES: u32 = 5;

/// The time between two presses of the power button, which a guest that is booting ignores.
const PRESS_AGAIN: Duration = Duration::from_secs(15);

/// The time for QEMU to end by itself after the command `quit`.
const QUIT_PATIENCE: Duration = Duration::from_secs(5);

/// The time for the kernel to end a killed process.
const KILL_PATIENCE: Duration = Duration::from_secs(60);

impl Local {
    /// Starts it unless it runs. The store must be locked.
    pub(super) async fn run(&self, record: &mut Record, watch: &Watch) -> Result<()> {
        if record.process(&self.store).is_some() {
            return Ok(());
        }
        if !record.backing.is_file() {
            return Err(refusals::gone(ResourceKind::Image, &record.image)
                .cause(format!("instance {} needs {}", record.id, record.backing.display()))
                .hint("run `imgctl destroy up` to create the instance again"));
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
            for stale in [process::PID_FILE, process::LOG, qmp::SOCKET] {
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
                Err(_) if attempt < PORT_TRIES && is_taken(record.ssh_port) => record.ssh_port = 0,
                Err(error) => return Err(self.explain(error, record, &folder)),
            }
        }
        match record.process(&self.store) {
            Some(_) => Ok(()),
            None => {
                let reason = record.describe(&self.store).reason.unwrap_or_default();
                Err(Error::failed(format!("{} ended immediately", record.id)).cause(reason))
            }
        }
    }

    fn explain(&self, error: Error, record: &mut Record, folder: &Path) -> Error {
        if error.code() == Code::Interrupted {
            return error;
        }
        let log = std::fs::read_to_string(folder.join(process::LOG)).unwrap_or_default();
        let error = error.context(format!("cannot start {}", record.id));
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
            Ok(Poll::Pending("the power button was pressed".to_owned()))
        })
        .await;
        waited.map_err(|error| match error.code() {
            Code::Timeout => {
                let console = console::tail(&folder.join(console::FILE), 2048);
                let last = console.unwrap_or_default();
                let last: Vec<&str> = last.lines().filter(|line| !line.trim().is_empty()).collect();
                let error = last[last.len().saturating_sub(5)..]
                    .iter()
                    .fold(error, |error, line| error.cause(format!("console: {line}")));
                error
                    .hint("power it off from within, raise `stop_timeout`, or run `imgctl destroy`")
            }
            _ => error,
        })
    }

    /// Ends its QEMU without regard to the guest, and verifies that.
    pub(super) async fn kill(&self, record: &Record, watch: &Watch) -> Result<()> {
        let Some(process) = record.process(&self.store) else { return Ok(()) };
        let folder = self.store.instance(&record.id);
        let quit = async { Qmp::connect(&folder).await?.execute("quit").await };
        // A QEMU that does not answer is killed below.
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

/// Runs QEMU until it is in the background, where it goes once the machine is complete.
async fn launch(line: Command, patience: Duration, watch: &Watch) -> Result<()> {
    let run = program::run_command(line, Redirect::default(), watch, |_| ());
    match tokio::time::timeout(patience, run).await {
        Ok(result) => result.map(drop),
        Err(_) => Err(Error::new(
            Code::Timeout,
            format!("waited {} s for QEMU to start", patience.as_secs()),
        )),
    }
}

/// Whether another program has that port: QEMU has no code of its own for this failure.
fn is_taken(port: u16) -> bool {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    bound.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
}

/// The previous port if it is free, else any.
fn free_port(wanted: u16) -> Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = bind(wanted).or_else(|_| bind(0));
    listener
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Error::new(Code::Io, "there is no free port on 127.0.0.1").cause(error))
}
