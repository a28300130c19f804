//! The architectures of guests, and what differs between them.

use crate::{Error, Result};

/// One architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// As in `uname -m`.
    pub architecture: &'static str,
    /// Debian's name for it.
    pub debian: &'static str,
    pub qemu: &'static str,
    /// The package with that program.
    pub package: &'static str,
    /// The value of `-machine`.
    pub kind: &'static str,
    /// The kernel's name of the serial port.
    pub console: &'static str,
    /// The UEFI firmware, where the machine needs one to boot.
    pub firmware: Option<&'static str>,
}

const MACHINES: [Machine; 2] = [
    Machine {
        architecture: "x86_64",
        debian: "amd64",
        qemu: "qemu-system-x86_64",
        package: "qemu-system-x86",
        kind: "q35",
        console: "ttyS0",
        firmware: None,
    },
    Machine {
        architecture: "aarch64",
        debian: "arm64",
        qemu: "qemu-system-aarch64",
        package: "qemu-system-arm qemu-efi-aarch64",
        kind: "virt",
        console: "ttyAMA0",
        firmware: Some("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"),
    },
];

impl Machine {
    /// The one of that name, in either form; this machine's own for none.
    ///
    /// # Errors
    /// `Config` if the architecture is unknown.
    pub fn of(architecture: Option<&str>) -> Result<Machine> {
        let wanted = architecture.unwrap_or(std::env::consts::ARCH);
        MACHINES
            .into_iter()
            .find(|machine| [machine.architecture, machine.debian].contains(&wanted))
            .ok_or_else(|| {
                Error::config(format!("cloud local does not support architecture {wanted:?}"))
                    .hint("choose x86_64 (amd64) or aarch64 (arm64)")
            })
    }

    /// Whether this machine's processor can run the guest's instructions.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.architecture == std::env::consts::ARCH
    }
}
