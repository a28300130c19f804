//! The disks of instances: their files, and where the root partition is.

use serde::{Deserialize, Serialize};

/// The disk of a virtual machine, in the instance's folder: an overlay of its base.
pub const OVERLAY: &str = "disk.qcow2";

/// The disk of a container, in the instance's folder: a copy of its base.
pub const RAW: &str = "disk.raw";

/// The root partition of a disk, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    pub offset: u64,
    pub size: u64,
}
