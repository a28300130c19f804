//! The local cloud: real virtual machines by QEMU in user mode. No account, no daemon, no root.
//!
//! An instance is a folder with its disk, its record and what it is handed; its QEMU runs in the
//! background and outlives imgctl. An image is a qcow2 file with a manifest beside it.

mod accelerator;
mod base;
mod command;
mod console;
mod create_image;
mod credentials;
mod delete;
mod export;
mod image;
mod instance;
mod launch;
mod machine;
mod power;
mod process;
mod program;
mod qemu_img;
mod qmp;
mod seed;
mod space;
mod store;

use std::path::PathBuf;

use async_trait::async_trait;

use self::accelerator::Accelerators;
use self::instance::Record;
use self::machine::Machine;
use self::qemu_img::QemuImg;
use self::store::Store;
use super::{
    Call, Capability, Cloud, Image, ImageScope, ImageSpec, Instance, Launch, Resource, ResourceKind,
};
use crate::config::local::Settings as LocalSettings;
use crate::report::Watch;
use crate::{Error, Result};

/// How much of the console is kept for a person to read.
const CONSOLE_BYTES: u64 = 64 << 10;

/// Virtual machines on this machine.
pub struct Local {
    settings: LocalSettings,
    distribution: String,
    machine: Machine,
    store: Store,
    accelerators: Accelerators,
}

impl Local {
    /// `architecture` is `x86_64`, `aarch64` or Debian's name for it; none means this machine's.
    pub fn new(
        settings: LocalSettings,
        distribution: String,
        architecture: Option<&str>,
    ) -> Result<Local> {
        let disk = settings.disk.size.as_u64();
        if disk == 0 || !disk.is_multiple_of(1 << 20) {
            let message = format!("a disk of {} is not a whole number of MiB", settings.disk.size);
            return Err(Error::config(message).hint("set `disk: {size: 8GiB}`"));
        }
        if settings.cpus == 0 || settings.memory.as_u64() < 128 << 20 {
            return Err(Error::config("an instance needs a processor and 128 MiB of memory")
                .hint("set `cpus: 2` and `memory: 2GiB`"));
        }
        Ok(Local {
            machine: Machine::of(architecture)?,
            store: Store::new(&settings)?,
            accelerators: Accelerators::new(),
            settings,
            distribution,
        })
    }

    fn qemu(&self) -> Result<PathBuf> {
        let wanted = self.settings.qemu.as_deref();
        program::find(self.machine.qemu, wanted, self.machine.package)
    }

    fn qemu_img(&self) -> Result<QemuImg> {
        QemuImg::find(self.settings.qemu_img.as_deref())
    }
}

/// Now, as RFC 3339 in UTC.
fn timestamp() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[async_trait]
impl Cloud for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn can(&self, capability: Capability) -> bool {
        matches!(capability, Capability::Stop | Capability::Console | Capability::ExportImage)
    }

    async fn region(&self, _: &Watch) -> Result<String> {
        Ok(String::new())
    }

    async fn find_base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        // Without these no base is of any use.
        self.qemu()?;
        let qemu_img = self.qemu_img()?;
        let manifest = match wanted {
            Some(wanted) => image::by_id(&self.store, wanted)?,
            None => {
                let maker = base::Maker {
                    settings: &self.settings,
                    distribution: &self.distribution,
                    machine: self.machine,
                    store: &self.store,
                    qemu_img: &qemu_img,
                    watch: &call.watch,
                };
                maker.find().await?
            }
        };
        Ok(manifest.image())
    }

    async fn create(&self, launch: &Launch, call: &Call) -> Result<Instance> {
        self.launch(launch, call).await
    }

    async fn describe(&self, id: &str, _: &Call) -> Result<Option<Instance>> {
        Ok(Record::load(&self.store, id)?.map(|record| record.describe(&self.store)))
    }

    async fn start(&self, id: &str, call: &Call) -> Result<Instance> {
        let _lock = self.store.lock(&call.watch).await?;
        let mut record = Record::of(&self.store, id)?;
        self.run(&mut record, &call.watch).await?;
        Ok(record.describe(&self.store))
    }

    async fn stop(&self, id: &str, call: &Call) -> Result<()> {
        let record = Record::of(&self.store, id)?;
        self.shut_down(&record, &call.watch).await
    }

    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()> {
        self.remove(resources, call).await
    }

    async fn console(&self, id: &str, _: &Call) -> Result<String> {
        let record = Record::of(&self.store, id)?;
        console::tail(&self.store.instance(&record.id).join(command::CONSOLE), CONSOLE_BYTES)
    }

    async fn create_image(&self, instance: &str, spec: &ImageSpec, call: &Call) -> Result<Image> {
        self.make_image(instance, spec, call).await
    }

    async fn list_images(&self, _: ImageScope, _: &Call) -> Result<Vec<Image>> {
        Ok(image::all(&self.store)?.iter().map(image::Manifest::image).collect())
    }

    async fn image_users(&self, id: &str, _: &Call) -> Result<Vec<String>> {
        let users = instance::users_of(&self.store, &image::find(&self.store, id)?)?;
        Ok(users.iter().map(|record| format!("instance {} ({})", record.id, record.name)).collect())
    }

    async fn delete_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        let _lock = self.store.lock(&call.watch).await?;
        self.remove_image(&image::find(&self.store, id)?, force)
    }

    async fn export_image(
        &self,
        id: &str,
        format: &str,
        path: &str,
        call: &Call,
    ) -> Result<Vec<String>> {
        self.export(id, format, path, &call.watch).await
    }

    async fn find_run(&self, run: Option<&str>, _: &Call) -> Result<Vec<Resource>> {
        let wanted = |tags: &super::Tags| {
            let tag = tags.get(super::RUN_TAG);
            run.map_or(tag.is_some(), |run| tag.is_some_and(|tag| tag == run))
        };
        let resource =
            |kind, role: &str, token: &str, id: &str, facts: [(&str, &str); 3]| Resource {
                kind,
                role: role.to_owned(),
                token: token.to_owned(),
                id: Some(id.to_owned()),
                region: String::new(),
                attributes: facts.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            };
        fn facts<'a>(
            name: &'a str,
            created: &'a str,
            tags: &'a super::Tags,
        ) -> [(&'a str, &'a str); 3] {
            let run = tags.get(super::RUN_TAG).map_or("", String::as_str);
            [("name", name), ("created", created), ("run", run)]
        }
        let mut found = Vec::new();
        for record in Record::all(&self.store)? {
            if wanted(&record.tags) {
                let Record { role, token, id, name, created, tags, .. } = &record;
                let facts = facts(name, created, tags);
                found.push(resource(ResourceKind::Instance, role, token, id, facts));
            }
        }
        for manifest in image::all(&self.store)? {
            if wanted(&manifest.tags) {
                let image::Manifest { role, token, id, name, created, tags, .. } = &manifest;
                let facts = facts(name, created, tags);
                found.push(resource(ResourceKind::Image, role, token, id, facts));
            }
        }
        Ok(found)
    }
}
