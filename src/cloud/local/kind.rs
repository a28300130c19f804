//! The kinds of machine an instance can be.

use serde::{Deserialize, Serialize};

use crate::cloud::CONTAINER;

/// What runs an instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// QEMU: a machine with a kernel of its own.
    #[default]
    Vm,
    /// systemd-nspawn: the same disk on this computer's kernel.
    Container,
}

impl Kind {
    /// As messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Vm => "virtual machine",
            Kind::Container => "container",
        }
    }

    /// Its name in settings.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Vm => "vm",
            Kind::Container => CONTAINER,
        }
    }
}
