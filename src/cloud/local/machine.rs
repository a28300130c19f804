//! What differs between the architectures a guest may have.

use crate::{Error, Result};

/// One architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// As in `uname -m`.
    pub architecture: &'static str,
    /// As Debian writes it.
    pub debian: &'static str,
    pub qemu: &'static str,
    /// The package with that program.
    pub package: &'static str,
    /// For `-machine`.
    pub kind: &'static str,
    /// The kernel's name of the serial port.
    pub console: &'static str,
    /// UEFI firmware it cannot boot without.
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
    /// That of an architecture under either of its names; this machine's own for none.
    pub fn of(architecture: Option<&str>) -> Result<Machine> {
        let wanted = architecture.unwrap_or(std::env::consts::ARCH);
        MACHINES
            .into_iter()
            .find(|machine| [machine.architecture, machine.debian].contains(&wanted))
            .ok_or_else(|| {
                Error::config(format!("the local cloud has no machine for architecture {wanted:?}"))
                    .hint("it knows x86_64 (amd64) and aarch64 (arm64)")
            })
    }

    /// Whether this machine's processor could run the guest's instructions itself.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.architecture == std::env::consts::ARCH
    }
}
