//! The local cloud: virtual machines by QEMU in user mode, without account, daemon or root; for root
//! also containers, which start in a second where there is no KVM.
//!
//! An instance is a folder with its disk, its record and its keys; its process runs in the background
//! and outlives imgctl. An image is a qcow2 file with a manifest beside it.

mod accelerator;
mod background;
mod base;
mod channel;
mod choice;
mod command;
mod console;
mod container;
mod create_image;
mod credentials;
mod destroy;
mod disk;
mod export;
mod image;
mod instance;
mod kind;
mod launch;
mod machine;
mod own;
mod port;
mod power;
mod process;
mod program;
mod provider;
mod qemu_img;
mod qmp;
mod seed;
mod space;
mod store;
mod sweep;
mod vm;

use async_trait::async_trait;

use self::instance::Record;
use self::kind::Kind;
pub use self::provider::Local;
use super::{
    Call, Capability, Channel, Cloud, Held, Image, ImageScope, ImageSpec, Instance, Launch,
    Promoted, Resource,
};
use crate::Result;
use crate::report::Watch;

/// How much of the console is kept for a person to read, in bytes.
const CONSOLE_BYTES: u64 = 64 << 10;

#[async_trait]
impl Cloud for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn can(&self, capability: Capability) -> bool {
        matches!(
            capability,
            Capability::Stop
                | Capability::Console
                | Capability::PromoteImage
                | Capability::ExportImage
        )
    }

    async fn region(&self, _: &Watch) -> Result<String> {
        Ok(String::new())
    }

    async fn find_base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        // A missing program is reported before a base is built.
        self.qemu()?;
        let qemu_img = self.qemu_img()?;
        let manifest = match wanted {
            Some(wanted) => image::by_id(&self.store, wanted)?,
            None => {
                self.check_kind(&call.watch).await?;
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

    async fn begin_boot_again(&self, id: &str, call: &Call) -> Result<bool> {
        let _lock = self.store.lock(&call.watch).await?;
        let mut record = Record::of(&self.store, id)?;
        if record.kind != Kind::Vm || !self.is_emulated(&call.watch).await? {
            return Ok(false);
        }
        self.kill(&record, &call.watch).await?;
        self.run(&mut record, &call.watch).await?;
        Ok(true)
    }

    async fn destroy(&self, resources: &[Resource], call: &Call) -> Result<()> {
        self.remove(resources, call).await
    }

    async fn console(&self, id: &str, _: &Call) -> Result<String> {
        let record = Record::of(&self.store, id)?;
        console::tail(&self.store.instance(&record.id).join(console::FILE), CONSOLE_BYTES)
    }

    async fn create_image(&self, instance: &str, spec: &ImageSpec, call: &Call) -> Result<Image> {
        self.make_image(instance, spec, call).await
    }

    async fn list_images(&self, _: ImageScope, _: &Call) -> Result<Vec<Image>> {
        Ok(image::all(&self.store)?.iter().map(image::Manifest::image).collect())
    }

    async fn image_users(&self, id: &str, _: &Call) -> Result<Vec<String>> {
        let manifest = image::find(&self.store, id)?;
        let users = instance::users_of(&self.store, &manifest)?.into_iter();
        let users = users.map(|record| format!("instance {} ({})", record.id, record.name));
        Ok(users.chain(super::channel::of_tags(&manifest.tags)).collect())
    }

    async fn delete_image(&self, id: &str, force: bool, call: &Call) -> Result<()> {
        let _lock = self.store.lock(&call.watch).await?;
        self.remove_image(&image::find(&self.store, id)?, force)
    }

    async fn channel(&self, channel: &Channel, _: &Call) -> Result<Held> {
        channel::held(&self.store, channel)
    }

    async fn check_promotion(&self, id: &str, channel: &Channel, _: &Call) -> Result<()> {
        channel::promotable(&self.store, id, channel).map(drop)
    }

    async fn promote_image(&self, id: &str, channel: &Channel, call: &Call) -> Result<Promoted> {
        let _lock = self.store.lock(&call.watch).await?;
        channel::promote(&self.store, id, channel)
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
        self.sweep(run)
    }
}
