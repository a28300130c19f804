//! The cloud itself: its settings, its folders and the programs it needs.

use std::path::PathBuf;

use super::accelerator::Accelerators;
use super::machine::Machine;
use super::program;
use super::qemu_img::QemuImg;
use super::store::Store;
use crate::config::local::Settings as LocalSettings;
use crate::{Error, Result};

/// The least memory an instance may have, in bytes.
const LEAST_MEMORY: u64 = 128 << 20;

/// Virtual machines on this machine.
pub struct Local {
    pub(super) settings: LocalSettings,
    pub(super) distribution: String,
    pub(super) machine: Machine,
    pub(super) store: Store,
    pub(super) accelerators: Accelerators,
}

impl Local {
    /// `architecture` is `x86_64`, `aarch64` or Debian's name for it; none means this machine's.
    ///
    /// # Errors
    /// `Config` if a size in the settings is impossible, the architecture is unknown, or no folder
    /// is set and the user has no home.
    pub fn new(
        settings: LocalSettings,
        distribution: String,
        architecture: Option<&str>,
    ) -> Result<Local> {
        let disk = settings.disk.size.as_u64();
        if disk == 0 || !disk.is_multiple_of(1 << 20) {
            let message = format!("disk size {} is not a whole number of MiB", settings.disk.size);
            return Err(Error::config(message).hint("set `disk: {size: 8GiB}`"));
        }
        if settings.cpus == 0 || settings.memory.as_u64() < LEAST_MEMORY {
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

    pub(super) fn qemu(&self) -> Result<PathBuf> {
        let wanted = self.settings.qemu.as_deref();
        program::find(self.machine.qemu, wanted, self.machine.package)
    }

    pub(super) fn qemu_img(&self) -> Result<QemuImg> {
        QemuImg::find(self.settings.qemu_img.as_deref())
    }
}
