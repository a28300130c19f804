//! The first sectors of a base's disk: GRUB's boot sector, the partition table, and GRUB's core in a
//! partition of its own. They are written as plain bytes, which needs neither a loop device nor
//! root. The kernel menu is GRUB's usual one, and follows kernel upgrades in the guest.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

use gpt::partition::Partition;
use gpt::partition_types;
use uuid::Uuid;

use crate::{Error, Result};

const SECTOR: u64 = 512;

/// Sectors: GRUB's core is between 1 MiB and 2 MiB, the root partition from there to 1 MiB before
/// the end.
const CORE_FIRST: u64 = 2048;
const ROOT_FIRST: u64 = 4096;
const TAIL: u64 = 2048;

/// The offset in GRUB's boot sector of the first sector of its core.
const BOOT_CORE_SECTOR: usize = 0x5c;
/// The offset of a jump that makes GRUB ignore the disk number reported by the BIOS.
const BOOT_DRIVE_CHECK: usize = 0x66;
/// Bytes of boot code, before the partition table of the MBR.
const BOOT_CODE: usize = 440;
/// The offset in the first sector of the core of the sector with the rest.
const CORE_REST_SECTOR: usize = 0x1f4;

/// The pieces to write to a disk of `size` bytes, each with its offset in bytes. `boot` and `core`
/// are GRUB's `boot.img` and a `core.img` for `(,gpt1)/boot/grub`.
pub fn head(size: u64, root: Uuid, boot: &[u8], core: &[u8]) -> Result<Vec<(u64, Vec<u8>)>> {
    let broken =
        |what: &str| Error::failed(format!("GRUB's {what} has an unexpected size or signature"));
    if boot.len() != 512 || boot[510..] != [0x55, 0xaa] {
        return Err(broken("boot.img"));
    }
    let room = (ROOT_FIRST - CORE_FIRST) * SECTOR;
    if core.len() < 512 || core.len() as u64 > room {
        return Err(broken("core.img"));
    }
    let table = table(size, root)
        .map_err(|error| Error::failed("cannot make a partition table").cause(error))?;
    let end = size / SECTOR;
    let mut first = read(&table, 0, 34)?;
    first[..BOOT_CODE].copy_from_slice(&boot[..BOOT_CODE]);
    first[BOOT_CORE_SECTOR..BOOT_CORE_SECTOR + 8].copy_from_slice(&CORE_FIRST.to_le_bytes());
    // Two one-byte instructions that do nothing.
    first[BOOT_DRIVE_CHECK..BOOT_DRIVE_CHECK + 2].fill(0x90);
    let mut core = core.to_vec();
    core[CORE_REST_SECTOR..CORE_REST_SECTOR + 8].copy_from_slice(&(CORE_FIRST + 1).to_le_bytes());
    core.resize(core.len().next_multiple_of(512), 0);
    Ok(vec![
        (0, first),
        (CORE_FIRST * SECTOR, core),
        ((end - 33) * SECTOR, read(&table, end - 33, 33)?),
    ])
}

/// An empty disk of that size with its partition table.
fn table(size: u64, root: Uuid) -> Result<File, Box<dyn std::error::Error>> {
    let mut disk = tempfile::tempfile()?;
    disk.set_len(size)?;
    gpt::mbr::ProtectiveMBR::with_lb_size(u32::try_from(size / SECTOR - 1).unwrap_or(u32::MAX))
        .overwrite_lba0(&mut disk)?;
    let mut table = gpt::GptConfig::new().writable(true).create_from_device(disk, None)?;
    let partition = |part_type_guid, part_guid, first_lba, last_lba, name: &str| Partition {
        part_type_guid,
        part_guid,
        first_lba,
        last_lba,
        flags: 0,
        name: name.to_owned(),
    };
    let last = size / SECTOR - TAIL - 1;
    let core = Uuid::new_v4();
    table.update_partitions(BTreeMap::from([
        (1, partition(partition_types::LINUX_ROOT_X64, root, ROOT_FIRST, last, "root")),
        (2, partition(partition_types::BIOS, core, CORE_FIRST, ROOT_FIRST - 1, "boot")),
    ]))?;
    Ok(table.write()?)
}

fn read(disk: &File, first: u64, count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; count * SECTOR as usize];
    disk.read_exact_at(&mut bytes, first * SECTOR)
        .map_err(|error| Error::failed("cannot read back a partition table").cause(error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_disk_has_a_valid_partition_table_with_the_root_partition_first() {
        let size = 1 << 30;
        let root = Uuid::new_v4();
        let mut boot = [0; 512];
        boot[510..].copy_from_slice(&[0x55, 0xaa]);
        let mut disk = vec![0; size as usize];
        for (offset, bytes) in head(size, root, &boot, &[7; 1000]).unwrap() {
            let offset = offset as usize;
            disk[offset..offset + bytes.len()].copy_from_slice(&bytes);
        }
        let disk = gpt::GptConfig::new().open_from_device(Cursor::new(disk)).unwrap();
        assert_eq!(disk.backup_header().unwrap().backup_lba, 1);
        let first = &disk.partitions()[&1];
        assert_eq!((first.part_guid, first.first_lba), (root, 4096));
        let bytes = disk.device_ref().get_ref();
        assert_eq!(bytes[0x5c..0x64], 2048u64.to_le_bytes());
        assert_eq!(bytes[(1 << 20) + 0x1f4..(1 << 20) + 0x1fc], 2049u64.to_le_bytes());
    }
}
