//! Instances as containers: systemd-nspawn boots the disk of a base on this computer's kernel, with
//! users, network and devices of its own.
//!
//! Everything of a running container belongs to one process, `keeper.sh`: its PID namespace, its
//! mount namespace with the mounted disk, and the loop device, which the kernel releases with the
//! mount. So nothing is left when it ends, by whatever signal.

mod available;
mod cgroup;
mod disk;
mod handover;
mod inotify;
mod keeper;
mod partition;
mod power;
mod trial;
mod unsuitable;
mod users;

pub use disk::{Source, make as make_disk};
pub use handover::write as write_keys;
pub use power::{clean_up, press_power_button};

use super::machine::Machine;
use crate::Result;
use crate::report::Watch;

/// Checks that this computer can start a container.
///
/// # Errors
/// `Config` with what is missing or refused, and what to do about it.
pub async fn check(machine: Machine, watch: &Watch) -> Result<()> {
    available::check(machine)?;
    trial::check(watch).await
}
