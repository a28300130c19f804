//! The refusal of a disk that a container cannot boot from.

use crate::{Code, Error};

/// `Capability`: with `machine: auto` a virtual machine starts instead.
pub fn unsuitable(why: impl std::fmt::Display) -> Error {
    Error::new(Code::Capability, "a container cannot boot from this base")
        .cause(why)
        .hint("set `machine: vm`")
}
