//! Starting and stopping instances of both kinds.

use std::time::{Duration, Instant};

use super::instance::Record;
use super::kind::Kind;
use super::provider::Local;
use super::qmp::Qmp;
use super::{console, container};
use crate::cloud::console::BOOT_BEGUN;
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Code, Error, Result};

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
        // What it says of an earlier boot means nothing from here on.
        console::note(&self.store.instance(&record.id).join(console::FILE), BOOT_BEGUN)?;
        match record.kind {
            Kind::Vm => self.start_vm(record, watch).await?,
            Kind::Container => self.start_container(record, watch).await?,
        }
        match record.process(&self.store) {
            Some(_) => Ok(()),
            None => {
                let reason = record.describe(&self.store).reason.unwrap_or_default();
                Err(Error::failed(format!("{} ended immediately", record.id)).cause(reason))
            }
        }
    }

    /// Shuts the guest down, if it runs, and waits until it is off.
    pub(super) async fn shut_down(&self, record: &Record, watch: &Watch) -> Result<()> {
        if record.process(&self.store).is_some() {
            self.power_off(record, watch).await?;
        }
        match record.kind {
            Kind::Vm => Ok(()),
            Kind::Container => container::clean_up(&record.id, watch).await,
        }
    }

    /// Presses the power button until the guest is off.
    async fn power_off(&self, record: &Record, watch: &Watch) -> Result<()> {
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
            if due && let Err(error) = self.press_power_button(record).await {
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

    async fn press_power_button(&self, record: &Record) -> Result<()> {
        match record.kind {
            Kind::Vm => {
                let folder = self.store.instance(&record.id);
                Qmp::connect(&folder).await?.execute("system_powerdown").await.map(drop)
            }
            Kind::Container => container::press_power_button(record, &self.store),
        }
    }

    /// Ends its process without regard to the guest, and verifies that.
    pub(super) async fn kill(&self, record: &Record, watch: &Watch) -> Result<()> {
        let Some(process) = record.process(&self.store) else { return Ok(()) };
        let folder = self.store.instance(&record.id);
        let quit = async { Qmp::connect(&folder).await?.execute("quit").await };
        // A QEMU that does not answer is killed below.
        if record.kind == Kind::Vm
            && let Ok(Ok(_)) = tokio::time::timeout(QUIT_PATIENCE, quit).await
            && self.ended(record, QUIT_PATIENCE, watch).await.is_ok()
        {
            return Ok(());
        }
        process.kill(&record.id)?;
        self.ended(record, KILL_PATIENCE, watch).await
    }

    async fn ended(&self, record: &Record, patience: Duration, watch: &Watch) -> Result<()> {
        let patience = Patience::for_up_to(patience).at_most_every(Duration::from_millis(200));
        wait::until(&format!("the process of {} to end", record.id), patience, watch, || async {
            Ok(match record.process(&self.store) {
                None => Poll::Ready(()),
                Some(process) => Poll::Pending(format!("process {} is alive", process.pid())),
            })
        })
        .await
    }
}
