//! The partition table of a container's disk: where the root is, and how far it can grow.

use std::fs::{File, OpenOptions};
use std::path::Path;

use gpt::partition::Partition;
use gpt::{GptConfig, partition_types};

use super::unsuitable::unsuitable;
use crate::cloud::local::disk::Root;
use crate::{Error, Result};

const SECTOR: u64 = 512;

/// Partitions end at multiples of this many sectors, as with systemd-repart in a guest.
const GRAIN: u64 = 8;

/// The second partition table after the last partition, in sectors.
const TABLE: u64 = 33;

/// The root partition of a disk.
///
/// # Errors
/// `Capability` if the disk has no root partition.
pub fn root(disk: &Path) -> Result<Root> {
    let disk = open(disk, false)?;
    let partitions = disk.partitions();
    let (_, root) = partitions
        .iter()
        .filter(|(_, one)| rank(one) > 0)
        .max_by_key(|(_, one)| (rank(one), one.last_lba - one.first_lba))
        .ok_or_else(|| unsuitable("it has no root partition"))?;
    Ok(place(root))
}

/// The root partition as it would be on a disk of `size` bytes: larger if it is the last one.
pub fn grown(disk: &Path, size: u64) -> Result<Root> {
    let root = root(disk)?;
    let disk = open(disk, false)?;
    let last = disk.partitions().values().map(|one| one.last_lba).max().unwrap_or_default();
    let end = (size / SECTOR - TABLE - 1) / GRAIN * GRAIN;
    let is_last = (last + 1) * SECTOR == root.offset + root.size;
    if is_last && end > last + 1 {
        return Ok(Root { size: end * SECTOR - root.offset, ..root });
    }
    Ok(root)
}

/// Writes the partition table of a disk whose length and root have changed.
pub fn write(path: &Path, root: Root) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::failed("cannot write a partition table").cause(error.to_string())
    };
    let mut disk = open(path, true)?;
    let mut partitions = disk.partitions().clone();
    for one in partitions.values_mut().filter(|one| one.first_lba * SECTOR == root.offset) {
        one.last_lba = (root.offset + root.size) / SECTOR - 1;
    }
    disk.update_partitions(partitions).map_err(|error| failed(&error))?;
    let mut file = disk.write().map_err(|error| failed(&error))?;
    let sectors = file.metadata().map_err(|error| failed(&error))?.len() / SECTOR;
    // The boot code beside it stays.
    let length = u32::try_from(sectors - 1).unwrap_or(u32::MAX);
    gpt::mbr::ProtectiveMBR::with_lb_size(length)
        .update_conservative(&mut file)
        .map_err(|error| failed(&error))?;
    Ok(())
}

fn open(path: &Path, writable: bool) -> Result<gpt::GptDisk<File>> {
    let file = OpenOptions::new()
        .read(true)
        .write(writable)
        .open(path)
        .map_err(|error| Error::io("open", path, error))?;
    GptConfig::new()
        .writable(writable)
        .open_from_device(file)
        .map_err(|error| unsuitable(format!("its partition table cannot be used: {error}")))
}

fn place(partition: &Partition) -> Root {
    Root {
        offset: partition.first_lba * SECTOR,
        size: (partition.last_lba + 1 - partition.first_lba) * SECTOR,
    }
}

/// How much a partition looks like that of the root; 0 for none that can be it.
fn rank(partition: &Partition) -> u8 {
    let kind = &partition.part_type_guid;
    if [partition_types::LINUX_ROOT_X64, partition_types::LINUX_ROOT_ARM_64].contains(kind) {
        2
    } else {
        u8::from(*kind == partition_types::LINUX_FS)
    }
}
