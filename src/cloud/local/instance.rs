//! The record of an instance, and its state.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{self, Root};
use super::kind::Kind;
use super::process::{self, KEEPER_LOG, LOG, PID_FILE, Process};
use super::store::{self, Store};
use super::{console, image, space};
use crate::cloud::{Instance, InstanceState, Tags};
use crate::config::local::Handover;
use crate::{Code, Error, Result, said};

const FILE: &str = "instance.json";

/// The newest version of [`Record`] that this program reads. It writes the oldest that describes the
/// instance: containers are known since 2.
const VERSION: u32 = 2;

/// `instance.json`, written before anything else of the instance exists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub version: u32,
    pub id: String,
    pub name: String,
    pub role: String,
    pub token: String,
    /// Version 1: a virtual machine.
    #[serde(default)]
    pub kind: Kind,
    /// The root partition on the disk of a container.
    #[serde(default)]
    pub root: Option<Root>,
    /// The image it was made from.
    pub image: String,
    pub architecture: String,
    /// The file that its disk was made from. A virtual machine's disk is an overlay of it.
    pub backing: PathBuf,
    pub backing_format: String,
    pub handover: Handover,
    /// Whether the disk's boot loader can start the kernel without an initial RAM disk.
    pub knows_quick_boot: bool,
    /// Whether it does.
    pub quick_boot: bool,
    /// Names of the files with its keys.
    pub credentials: Vec<String>,
    /// Bytes.
    pub memory: u64,
    pub cpus: u32,
    pub ssh_port: u16,
    pub created: String,
    /// Its disk and its keys are complete.
    pub prepared: bool,
    /// It was started at least once.
    pub started: bool,
    pub tags: Tags,
}

impl Record {
    pub fn load(store: &Store, id: &str) -> Result<Option<Record>> {
        // The id is part of a path.
        if id.is_empty() || id.contains('/') || id.starts_with('.') {
            return Ok(None);
        }
        let path = store.instance(id).join(FILE);
        let record: Option<Record> = store::read_json(&path)?;
        if let Some(Record { version, .. }) = &record
            && *version > VERSION
        {
            let message = format!("{} was written by a newer imgctl", path.display());
            return Err(Error::new(Code::State, message).hint("install that version of imgctl"));
        }
        Ok(record)
    }

    /// The record of an instance that must exist.
    ///
    /// # Errors
    /// `NotFound` if it does not.
    pub fn of(store: &Store, id: &str) -> Result<Record> {
        Record::load(store, id)?.ok_or_else(|| {
            Error::not_found(format!("cloud local has no instance {id}"))
                .hint("run `imgctl status` to list the instances")
        })
    }

    pub fn all(store: &Store) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for id in store::names(&store.instances())? {
            records.extend(Record::load(store, &id)?);
        }
        Ok(records)
    }

    pub fn save(&self, store: &Store) -> Result<()> {
        store::write_json(&store.instance(&self.id).join(FILE), self)
    }

    /// The version of a record for an instance of that kind.
    pub fn version(kind: Kind) -> u32 {
        match kind {
            Kind::Vm => 1,
            Kind::Container => 2,
        }
    }

    /// The file of its disk, and the format of that.
    pub fn disk(&self, store: &Store) -> (PathBuf, &'static str) {
        let folder = store.instance(&self.id);
        match self.kind {
            Kind::Vm => (folder.join(disk::OVERLAY), "qcow2"),
            Kind::Container => (folder.join(disk::RAW), "raw"),
        }
    }

    /// Its process, if it runs: QEMU, or the keeper of a container.
    pub fn process(&self, store: &Store) -> Option<Process> {
        process::find(&self.id, &store.instance(&self.id))
    }

    /// It as every cloud describes an instance.
    pub fn describe(&self, store: &Store) -> Instance {
        let (state, reason) = self.state(store);
        Instance {
            id: self.id.clone(),
            name: self.name.clone(),
            state,
            reason,
            address: (state == InstanceState::Running).then(|| "127.0.0.1".to_owned()),
            ssh_port: self.ssh_port,
            zone: None,
            image: self.image.clone(),
            created: self.created.clone(),
            tags: self.tags.clone(),
        }
    }

    fn state(&self, store: &Store) -> (InstanceState, Option<String>) {
        let folder = store.instance(&self.id);
        if self.process(store).is_some() {
            return (InstanceState::Running, space::lack(&folder));
        }
        if !self.started {
            return (InstanceState::Pending, Some("not started yet".to_owned()));
        }
        match death(&folder, self.kind) {
            None => (InstanceState::Stopped, None),
            Some(reason) => (InstanceState::Failed, Some(reason)),
        }
    }
}

/// Why the process ended, unless the guest powered off.
fn death(folder: &Path, kind: Kind) -> Option<String> {
    let (program, log) = match kind {
        Kind::Vm => ("QEMU", LOG),
        Kind::Container => ("container", KEEPER_LOG),
    };
    let log = said::lines(&std::fs::read(folder.join(log)).unwrap_or_default());
    // QEMU has no code for this: its log is all that is left of it.
    let was_ended = log.iter().any(|line| line.contains("terminating on signal"));
    // Both remove their pid file unless they are killed or crash.
    if !folder.join(PID_FILE).exists() && !was_ended {
        return None;
    }
    let mut reason = format!("its {program} process died");
    let console = console::tail(&folder.join(console::FILE), 4096).unwrap_or_default();
    let last = if log.is_empty() {
        said::last(console.as_bytes(), 3).join(" / ")
    } else {
        log[log.len().saturating_sub(3)..].join(" / ")
    };
    if !last.is_empty() {
        let from = if log.is_empty() { "console" } else { program };
        reason = format!("{reason}; {from}: {last}");
    }
    Some(reason)
}

/// The instances whose disk is an overlay of that image.
pub fn users_of(store: &Store, image: &image::Manifest) -> Result<Vec<Record>> {
    let mut records = Record::all(store)?;
    records.retain(|record| record.kind == Kind::Vm && record.backing == image.path);
    Ok(records)
}
