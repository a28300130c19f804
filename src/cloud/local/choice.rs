//! Whether a new instance is a virtual machine or a container.

use std::path::Path;

use super::container;
use super::kind::Kind;
use super::provider::Local;
use crate::Result;
use crate::config::local::{Accelerator, Boot, MachineKind};
use crate::report::Watch;

/// A kind, and why it was chosen.
pub struct Choice {
    pub kind: Kind,
    pub reason: String,
    /// Whether a disk that cannot be a container may be a virtual machine instead.
    pub may_change: bool,
}

impl Choice {
    fn new(kind: Kind, reason: impl Into<String>) -> Choice {
        Choice { kind, reason: reason.into(), may_change: false }
    }
}

impl Local {
    /// Checks before a base is made, which takes minutes, that the kind which the settings demand can be
    /// started here.
    ///
    /// # Errors
    /// `Config` if they demand a container and this computer cannot run one.
    pub(super) async fn check_kind(&self, watch: &Watch) -> Result<()> {
        match (self.settings.boot, self.settings.machine) {
            (Boot::Auto, MachineKind::Container) => container::check(self.machine, watch).await,
            _ => Ok(()),
        }
    }

    /// The kind of a new instance that boots as in `boot`.
    ///
    /// # Errors
    /// `Config` if the settings demand a container and this computer cannot run one.
    pub(super) async fn kind(&self, boot: Boot, qemu: &Path, watch: &Watch) -> Result<Choice> {
        match (boot, self.settings.machine) {
            (Boot::Disk, _) => return Ok(Choice::new(Kind::Vm, "it boots by its boot loader")),
            (Boot::Kernel, _) => return Ok(Choice::new(Kind::Vm, "it boots its own kernel")),
            (_, MachineKind::Vm) => return Ok(Choice::new(Kind::Vm, "`machine: vm` is set")),
            (_, MachineKind::Container) => {
                container::check(self.machine, watch).await?;
                return Ok(Choice::new(Kind::Container, "`machine: container` is set"));
            }
            (Boot::Auto, MachineKind::Auto) => {}
        }
        let wanted = self.settings.accelerator;
        let accelerator =
            self.accelerators.choose(wanted, self.machine, qemu, &self.store, watch).await?;
        if wanted != Accelerator::Auto || accelerator != Accelerator::Tcg {
            return Ok(Choice::new(Kind::Vm, format!("accelerator {}", accelerator.name())));
        }
        Ok(match container::check(self.machine, watch).await {
            Ok(()) => Choice {
                may_change: true,
                ..Choice::new(Kind::Container, "neither KVM nor HVF works on this computer")
            },
            Err(error) => {
                Choice::new(Kind::Vm, format!("emulated, and no container: {}", error.message()))
            }
        })
    }
}
