//! Base images, under the disks of instances. Each is made once, under a lock, and kept in the cache
//! under a name derived from all that it depends on.

mod boot_loader;
mod download;
mod memory;
mod mmdebstrap;
mod recipe;
mod usable;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::channel;
use super::image::{self, Manifest};
use super::machine::Machine;
use super::qemu_img::{Info, QemuImg};
use super::space;
use super::store::{self, Store};
use crate::cloud::Tags;
use crate::cloud::wait::Patience;
use crate::config::local::{Base, Handover, Mmdebstrap, Settings as LocalSettings};
use crate::report::{Level, Watch};
use crate::{Error, Result};

/// The settings and tools for making a base.
pub struct Maker<'a> {
    pub settings: &'a LocalSettings,
    pub distribution: &'a str,
    pub machine: Machine,
    pub store: &'a Store,
    pub qemu_img: &'a QemuImg,
    pub watch: &'a Watch,
}

impl Maker<'_> {
    /// The configured base of the distribution, made first unless it is in the cache.
    pub async fn find(&self) -> Result<Manifest> {
        let base = match &self.settings.base {
            Some(base) => base.clone(),
            None => recipe::base_of(self.distribution)?,
        };
        match &base {
            Base::Image { image } => image::find(self.store, image),
            Base::Channel { channel } => channel::newest(self.store, channel),
            Base::File { file, handover } => self.file(file, *handover).await,
            Base::Url { url, sha256, handover } => {
                let id = self.id(sha256);
                self.cached(&id, self.download(&id, url, sha256, *handover)).await
            }
            Base::Mmdebstrap(wanted) => {
                let id = self.id(&self.key(wanted)?);
                self.cached(&id, self.build(&id, wanted)).await
            }
        }
    }

    fn id(&self, key: &str) -> String {
        let name = self.distribution.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        format!("{name}-{}", &key[..12])
    }

    /// A digest of all that a built base depends on.
    fn key(&self, wanted: &Mmdebstrap) -> Result<String> {
        let recipe = recipe::of(wanted, self.machine)?;
        let parts = (
            recipe::VERSION,
            mmdebstrap::scripts(),
            self.machine.architecture,
            &wanted.suite,
            &recipe.packages,
            &recipe.sources,
        );
        Ok(format!("{:x}", Sha256::digest(format!("{parts:?}"))))
    }

    /// The base of that id, made by `make` if it is not cached. Other processes wait meanwhile.
    async fn cached(
        &self,
        id: &str,
        make: impl Future<Output = Result<Manifest>>,
    ) -> Result<Manifest> {
        let bases = self.store.bases();
        store::create_folder(&bases)?;
        let known = || -> Result<Option<Manifest>> {
            let Some(manifest) = Manifest::load(&bases, id)? else { return Ok(None) };
            Ok(store::is_made(&manifest.path)?.then_some(manifest))
        };
        if let Some(manifest) = known()? {
            return Ok(manifest);
        }
        let what = format!("another imgctl to make base image {id}");
        let _lock = store::lock(&bases.join(format!("{id}.lock")), &what, self.watch).await?;
        if let Some(manifest) = known()? {
            return Ok(manifest);
        }
        let manifest = make.await?;
        manifest.save(&bases)?;
        Ok(manifest)
    }

    async fn build(&self, id: &str, wanted: &Mmdebstrap) -> Result<Manifest> {
        mmdebstrap::check(self.machine)?;
        let bases = self.store.bases();
        space::require(&bases, mmdebstrap::SPACE, "building a base image")?;
        space::require(&std::env::temp_dir(), mmdebstrap::SPACE, "building a base image")?;
        self.watch.report.log(
            Level::Info,
            &format!(
                "base image {id}: built once from its mirror, then kept in {}",
                bases.display()
            ),
        );
        let failed = |error| Error::io("create a folder in", &bases, error);
        let name = format!("{id}.build");
        // Left by a build that was killed: the lock is held, so nobody is working on it.
        if bases.join(&name).symlink_metadata().is_ok() {
            std::fs::remove_dir_all(bases.join(&name)).map_err(failed)?;
        }
        // Removed with its contents when it is dropped.
        let work = tempfile::Builder::new()
            .prefix(&name)
            .rand_bytes(0)
            .tempdir_in(&bases)
            .map_err(failed)?;
        let built =
            mmdebstrap::build(wanted, self.machine, work.path(), self.qemu_img, self.watch).await?;
        let file = work.path().join("disk.qcow2");
        let info = self.qemu_img.info(&file, self.watch).await?;
        let mut manifest = self.manifest(id, &file, &info, Handover::Credentials);
        manifest.source = format!("mmdebstrap {}", wanted.suite);
        manifest.quick_boot = built.quick_boot;
        manifest.path = bases.join(format!("{id}.qcow2"));
        store::move_to(&file, &manifest.path)?;
        Ok(manifest)
    }

    async fn download(
        &self,
        id: &str,
        url: &str,
        sha256: &str,
        handover: Option<Handover>,
    ) -> Result<Manifest> {
        let file = self.store.downloads().join(format!("{sha256}.img"));
        if !store::is_made(&file)? {
            let deadline = self.settings.start_timeout.unsigned_abs();
            download::fetch(url, sha256, &file, Patience::for_up_to(deadline), self.watch).await?;
        }
        let info = usable::check(&file, self.qemu_img, self.watch).await?;
        let handover = handover.unwrap_or(Handover::NoCloud);
        let mut manifest = self.manifest(id, &file, &info, handover);
        url.clone_into(&mut manifest.source);
        Ok(manifest)
    }

    /// A file is used in its place; the manifest's id depends on its size and time.
    async fn file(&self, file: &Path, handover: Option<Handover>) -> Result<Manifest> {
        let file = std::fs::canonicalize(file).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Error::config(format!("base image {} does not exist", file.display()))
                    .hint("set `base: {file}` to a qcow2 or raw image on this machine")
            } else {
                Error::io("open", file, error)
            }
        })?;
        let info = usable::check(&file, self.qemu_img, self.watch).await?;
        let handover = handover.unwrap_or(Handover::NoCloud);
        let metadata = std::fs::metadata(&file).map_err(|error| Error::io("read", &file, error))?;
        let version = (&file, metadata.len(), metadata.modified().ok(), handover);
        let id = self.id(&format!("{:x}", Sha256::digest(format!("{version:?}"))));
        if Manifest::load(&self.store.bases(), &id)?.is_none() {
            usable::check_whole(&file, &info, self.qemu_img, self.watch).await?;
        }
        let mut manifest = self.manifest(&id, &file, &info, handover);
        manifest.source = file.display().to_string();
        store::create_folder(&self.store.bases())?;
        manifest.save(&self.store.bases())?;
        Ok(manifest)
    }

    fn manifest(&self, id: &str, file: &Path, info: &Info, handover: Handover) -> Manifest {
        Manifest {
            version: image::VERSION,
            id: id.to_owned(),
            name: self.distribution.to_owned(),
            description: format!("base image of {}", self.distribution),
            created: store::timestamp(),
            size: info.actual_size,
            virtual_size: info.virtual_size,
            architecture: self.machine.architecture.to_owned(),
            handover,
            quick_boot: false,
            path: PathBuf::from(file),
            format: info.format.clone(),
            source: String::new(),
            role: String::new(),
            token: String::new(),
            tags: Tags::new(),
        }
    }
}
