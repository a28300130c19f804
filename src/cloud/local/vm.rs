//! Starting QEMU for an instance.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use tokio::process::{Child, Command};

use super::instance::Record;
use super::provider::Local;
use super::qmp::Qmp;
use super::{background, command, port, process, qmp, seed, store};
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{ResourceKind, refusals};
use crate::config::local::Accelerator;
use crate::report::Watch;
use crate::{Error, Result, said};

/// Starts QEMU, and again when the guest reboots.
const KEEPER: &str = include_str!("vm.sh");

/// How many lines of QEMU's messages an error quotes.
const QUOTED_LINES: usize = 5;

impl Local {
    /// Starts QEMU in the background; returns when it answers.
    pub(super) async fn start_vm(&self, record: &mut Record, watch: &Watch) -> Result<()> {
        if !record.backing.is_file() {
            return Err(refusals::gone(ResourceKind::Image, &record.image)
                .cause(format!("instance {} needs {}", record.id, record.backing.display()))
                .hint("run `imgctl destroy up` to create the instance again"));
        }
        let qemu = self.qemu()?;
        let accelerator = self.accelerator(&qemu, watch).await?;
        let folder = self.store.instance(&record.id);
        let activity = watch.report.activity(&format!("starting {}", record.name));
        for attempt in 1.. {
            record.ssh_port = port::free(record.ssh_port)?;
            record.started = true;
            record.save(&self.store)?;
            for stale in [process::PID_FILE, process::LOG, qmp::SOCKET] {
                store::remove(&folder.join(stale))?;
            }
            let firmware = self.settings.firmware.as_deref();
            let mut line = Command::new("sh");
            line.args(["-c", KEEPER, &process::name(&record.id)]).arg(&qemu);
            line.args(command::arguments(
                record,
                self.machine,
                accelerator,
                firmware,
                folder.join(seed::FILE).exists(),
            ));
            activity.status(&format!("SSH will be at 127.0.0.1:{}", record.ssh_port));
            let child = Mutex::new(background::start(line, &folder, process::LOG)?);
            match self.answers(record, &folder, &child, watch).await {
                Ok(()) => break,
                Err(_) if attempt < port::TRIES && port::is_taken(record.ssh_port) => {
                    record.ssh_port = 0;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn accelerator(&self, qemu: &Path, watch: &Watch) -> Result<Accelerator> {
        let wanted = self.settings.accelerator;
        self.accelerators.choose(wanted, self.machine, qemu, &self.store, watch).await
    }

    /// Whether QEMU does the processor's work.
    pub(super) async fn is_emulated(&self, watch: &Watch) -> Result<bool> {
        Ok(self.accelerator(&self.qemu()?, watch).await? == Accelerator::Tcg)
    }

    /// Waits until QEMU answers, which it does once the machine is complete.
    async fn answers(
        &self,
        record: &Record,
        folder: &Path,
        child: &Mutex<Child>,
        watch: &Watch,
    ) -> Result<()> {
        let patience = Patience::for_up_to(self.settings.start_timeout.unsigned_abs())
            .at_most_every(Duration::from_millis(50));
        wait::until("QEMU to start", patience, watch, || async {
            match Qmp::connect(folder).await {
                Ok(_) => Ok(Poll::Ready(())),
                Err(error) if !background::has_ended(child) => Ok(Poll::Pending(error.to_string())),
                Err(_) => {
                    let log = std::fs::read(folder.join(process::LOG)).unwrap_or_default();
                    let error = Error::failed(format!("cannot start {}", record.id));
                    Err(said::last(&log, QUOTED_LINES).into_iter().fold(error, Error::cause))
                }
            }
        })
        .await
    }
}
