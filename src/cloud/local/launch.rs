//! Creating an instance in steps that a second attempt continues.

use super::instance::Record;
use super::kind::Kind;
use super::provider::Local;
use super::{container, credentials, disk, image, seed, space, store};
use crate::cloud::{Call, Instance, Launch, MACHINE, RUN_TAG, ResourceKind};
use crate::config::local::{Boot, Handover};
use crate::report::Level;
use crate::{Code, Error, Result};

/// The least free space for an instance, in bytes: a guest whose disk is full fails in obscure ways.
const ROOM: u64 = 1 << 30;

/// The id of the instance made under that token, known before it exists.
pub fn instance_id(token: &str) -> String {
    format!("vm-{token}")
}

impl Local {
    pub(super) async fn launch(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        // What can be refused is refused before the ledger is written.
        let qemu = self.qemu()?;
        self.qemu_img()?;
        let base = image::by_id(&self.store, &launch.image.id)?;
        let boot = self.boot(launch)?;
        let quick_boot = quick_boot(boot, &base)?;
        if base.handover == Handover::Credentials {
            credentials::check(launch)?;
        }
        if base.architecture != self.machine.architecture {
            return Err(Error::config(format!(
                "image {} is for {}, and the instance would be {}",
                base.name, base.architecture, self.machine.architecture
            ))
            .hint("set `base` to an image of the instance's architecture"));
        }
        let size =
            self.settings.disk.size.as_u64().max(base.virtual_size.next_multiple_of(1 << 20));
        let choice = self.kind(boot, &qemu, &call.watch).await?;
        if choice.kind == Kind::Vm {
            let wanted = self.settings.accelerator;
            self.accelerators.choose(wanted, self.machine, &qemu, &self.store, &call.watch).await?;
        }
        space::require(&self.store.instances(), ROOM, "an instance")?;

        let intent = call.ledger.intend(ResourceKind::Instance, &launch.role, &[])?;
        let id = instance_id(&intent.token);
        let _lock = self.store.lock(&call.watch).await?;
        let mut record = match Record::load(&self.store, &id)? {
            Some(record) => record,
            None => {
                store::create_folder(&self.store.instance(&id))?;
                let mut tags = launch.tags.clone();
                tags.insert(RUN_TAG.to_owned(), call.run.clone());
                let record = Record {
                    version: Record::version(choice.kind),
                    id: id.clone(),
                    name: launch.name.clone(),
                    role: launch.role.clone(),
                    token: intent.token.clone(),
                    kind: choice.kind,
                    root: None,
                    image: base.id.clone(),
                    architecture: self.machine.architecture.to_owned(),
                    backing: base.path.clone(),
                    backing_format: base.format.clone(),
                    handover: base.handover,
                    knows_quick_boot: base.quick_boot,
                    quick_boot,
                    credentials: Vec::new(),
                    memory: self.settings.memory.as_u64(),
                    cpus: self.settings.cpus,
                    ssh_port: 0,
                    created: store::timestamp(),
                    prepared: false,
                    started: false,
                    tags,
                };
                record.save(&self.store)?;
                record
            }
        };
        if !record.prepared {
            self.prepare(&mut record, launch, size, choice.may_change, call).await?;
            let reason = if record.kind == choice.kind {
                choice.reason
            } else {
                format!("emulated, as this base cannot be a {}", choice.kind.name())
            };
            let what = record.kind.name();
            call.watch.report.log(Level::Info, &format!("{what}: {reason}"));
        }
        self.run(&mut record, &call.watch).await?;
        call.ledger.created(&intent.token, &id, &[(MACHINE, record.kind.word())])?;
        Ok(record.describe(&self.store))
    }

    /// How an instance boots: as in the launch, else as in the settings.
    fn boot(&self, launch: &Launch) -> Result<Boot> {
        Ok(match launch.boot.as_deref() {
            None => self.settings.boot,
            Some("auto") => Boot::Auto,
            Some("kernel") => Boot::Kernel,
            Some("disk") => Boot::Disk,
            Some(other) => {
                return Err(Error::usage(format!("cloud local cannot boot by {other:?}"))
                    .hint("set `boot` to auto, kernel or disk"));
            }
        })
    }

    /// Makes its disk and its keys. `may_change`: a disk that cannot be a container becomes a
    /// virtual machine.
    async fn prepare(
        &self,
        record: &mut Record,
        launch: &Launch,
        size: u64,
        may_change: bool,
        call: &Call,
    ) -> Result<()> {
        if record.kind == Kind::Container {
            match self.prepare_container(record, launch, size, call).await {
                Err(error) if may_change && error.code() == Code::Capability => {
                    call.watch.report.log(Level::Warning, &error.to_string());
                    store::remove(&self.store.instance(&record.id).join(disk::RAW))?;
                    record.kind = Kind::Vm;
                }
                other => return other,
            }
        }
        self.prepare_vm(record, launch, size, call).await
    }

    async fn prepare_container(
        &self,
        record: &mut Record,
        launch: &Launch,
        size: u64,
        call: &Call,
    ) -> Result<()> {
        let folder = self.store.instance(&record.id);
        let qemu_img = self.qemu_img()?;
        let source = container::Source {
            id: &record.image,
            file: &record.backing,
            format: &record.backing_format,
            size,
        };
        let needed = qemu_img.info(source.file, &call.watch).await?.actual_size;
        space::require(&folder, needed + ROOM, "a container")?;
        let root =
            container::make_disk(&source, &folder, &self.store, &qemu_img, &call.watch).await?;
        record.root = Some(root);
        record.credentials = container::write_keys(&folder, &record.id, record.handover, launch)?;
        record.prepared = true;
        record.save(&self.store)
    }

    async fn prepare_vm(
        &self,
        record: &mut Record,
        launch: &Launch,
        size: u64,
        call: &Call,
    ) -> Result<()> {
        let folder = self.store.instance(&record.id);
        match record.handover {
            Handover::Credentials => {
                record.credentials = credentials::write(&folder, &record.id, launch)?;
            }
            Handover::NoCloud => seed::write(&folder, &record.id, launch)?,
        }
        // Made again by every attempt: nothing has been written to it yet.
        let disk = folder.join(disk::OVERLAY);
        store::remove(&disk)?;
        self.qemu_img()?
            .overlay(&disk, &record.backing, &record.backing_format, size, &call.watch)
            .await?;
        record.prepared = true;
        record.save(&self.store)
    }
}

/// Whether the boot loader starts the kernel without an initial RAM disk.
fn quick_boot(boot: Boot, base: &image::Manifest) -> Result<bool> {
    if boot == Boot::Kernel && !base.quick_boot {
        return Err(Error::config(format!(
            "image {} cannot boot without its boot loader",
            base.name
        ))
        .hint("set `boot: disk` or `boot: auto`"));
    }
    Ok(boot != Boot::Disk && base.quick_boot)
}
