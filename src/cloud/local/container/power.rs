//! Starting containers, and pressing their power button.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use tokio::process::Child;

use super::{cgroup, keeper};
use crate::cloud::local::instance::Record;
use crate::cloud::local::process::{self, KEEPER_LOG};
use crate::cloud::local::provider::Local;
use crate::cloud::local::{background, port, store};
use crate::cloud::wait::{self, Patience, Poll};
use crate::report::Watch;
use crate::{Error, Result, said};

/// How many lines of the keeper's messages an error quotes.
const QUOTED_LINES: usize = 5;

impl Local {
    /// Starts a container; returns when it runs and its port is forwarded.
    pub(in crate::cloud::local) async fn start_container(
        &self,
        record: &mut Record,
        watch: &Watch,
    ) -> Result<()> {
        super::available::check(self.machine)?;
        let folder = self.store.instance(&record.id);
        let activity = watch.report.activity(&format!("starting {}", record.name));
        for attempt in 1.. {
            record.ssh_port = port::free(record.ssh_port)?;
            record.started = true;
            record.save(&self.store)?;
            cgroup::remove(&process::name(&record.id), watch).await?;
            activity.status(&format!("SSH will be at 127.0.0.1:{}", record.ssh_port));
            let child = Mutex::new(keeper::start(record, &folder)?);
            match self.ready(record, &folder, &child, watch).await {
                Ok(()) => break,
                Err(_) if attempt < port::TRIES && port::is_taken(record.ssh_port) => {
                    record.ssh_port = 0;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn ready(
        &self,
        record: &Record,
        folder: &Path,
        child: &Mutex<Child>,
        watch: &Watch,
    ) -> Result<()> {
        let patience = Patience::for_up_to(self.settings.start_timeout.unsigned_abs())
            .at_most_every(Duration::from_millis(30));
        wait::until(&format!("{} to start", record.name), patience, watch, || async {
            if folder.join(keeper::READY).exists() {
                return Ok(Poll::Ready(()));
            }
            if !background::has_ended(child) {
                return Ok(Poll::Pending("the container is starting".to_owned()));
            }
            let log = std::fs::read(folder.join(KEEPER_LOG)).unwrap_or_default();
            let error = Error::failed(format!("cannot start {}", record.id));
            let error = said::last(&log, QUOTED_LINES).into_iter().fold(error, Error::cause);
            Err(error.hint("set `machine: vm` to start a virtual machine instead"))
        })
        .await
    }
}

/// Tells the container's first process to power off.
pub fn press_power_button(record: &Record, store: &store::Store) -> Result<()> {
    let Some(process) = record.process(store) else { return Ok(()) };
    process.terminate_child(&record.id)
}

/// Waits until all processes of a container have ended, and removes what they leave in the kernel.
pub async fn clean_up(id: &str, watch: &Watch) -> Result<()> {
    cgroup::remove(&process::name(id), watch).await
}
