//! Whether a file from elsewhere can be a base image: complete, and of a kind that is known here.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::cloud::local::qemu_img::{Info, QemuImg};
use crate::report::Watch;
use crate::{Error, Result};

/// The first bytes of files by the programs that compress them.
const COMPRESSED: [(&[u8], &str); 4] = [
    (b"\xfd7zXZ\0", "xz"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
];

const SECTOR: usize = 512;
/// The end of a boot sector, which a partition table of either kind has.
const BOOTABLE: [u8; 2] = [0x55, 0xaa];
/// Where a GPT partition table has its signature, and the number of the last sector of any partition.
const SIGNATURE: &[u8] = b"EFI PART";
const LAST_SECTOR: std::ops::Range<usize> = 48..56;

const ANOTHER: &str = "set `base: {file}` to a qcow2 or raw image on this machine";

/// Checks that a file is an uncompressed disk image which needs no other file.
///
/// # Errors
/// `Config` if not.
pub async fn check(file: &Path, qemu_img: &QemuImg, watch: &Watch) -> Result<Info> {
    let kind = std::fs::metadata(file).map_err(|error| Error::io("read", file, error))?.file_type();
    // A pipe would never end.
    if !kind.is_file() && !kind.is_block_device() {
        return Err(refused(file, "it is not a file").hint(ANOTHER));
    }
    if let Some(program) = compression(file)? {
        return Err(refused(file, format!("it is compressed ({program})")).hint(format!(
            "unpack it (`{program} -dc {} > NEW`) and set `base: {{file: NEW}}`",
            file.display()
        )));
    }
    let info = qemu_img.info(file, watch).await?;
    if !["qcow2", "raw"].contains(&info.format.as_str()) {
        return Err(refused(file, format!("its format is {}", info.format))
            .hint("run `qemu-img convert -O qcow2 OLD NEW`"));
    }
    // An image from elsewhere could name any file of this user.
    if let Some(backing) = info.other_file() {
        return Err(refused(file, format!("it is incomplete: the rest is in {backing}"))
            .hint("run `qemu-img convert -O qcow2 OLD NEW` to flatten it"));
    }
    Ok(info)
}

/// Checks that nothing of the image's end is missing, as after a download or copy that broke off: what
/// is not there reads as zeros, and the machine would fail in obscure ways.
///
/// # Errors
/// `Config` if something is.
pub async fn check_whole(
    file: &Path,
    info: &Info,
    qemu_img: &QemuImg,
    watch: &Watch,
) -> Result<()> {
    let missing = match info.format.as_str() {
        "raw" => match Start::read(file)? {
            Start::Other => {
                return Err(
                    refused(file, "it is no disk image: it has no partition table").hint(ANOTHER)
                );
            }
            Start::Gpt(end) if end > info.virtual_size => Some(format!(
                "its partitions may reach to byte {end}, and the file has {} bytes",
                info.virtual_size
            )),
            Start::Gpt(_) | Start::Mbr => None,
        },
        _ => qemu_img.damage(file, watch).await?,
    };
    match missing {
        None => Ok(()),
        Some(why) => Err(refused(file, "it is damaged, or its end is missing")
            .cause(why)
            .hint("download or copy it again, and compare its checksum with the vendor's")),
    }
}

fn refused(file: &Path, why: impl std::fmt::Display) -> Error {
    Error::config(format!("{} cannot be a base image", file.display())).cause(why)
}

/// The program that compressed a file, recognised by its first bytes.
fn compression(file: &Path) -> Result<Option<&'static str>> {
    let failed = |error| Error::io("read", file, error);
    let mut start = Vec::new();
    File::open(file).map_err(failed)?.take(6).read_to_end(&mut start).map_err(failed)?;
    Ok(COMPRESSED.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, program)| *program))
}

/// What the first sectors of a raw image say.
enum Start {
    /// Its partitions end before that byte.
    Gpt(u64),
    Mbr,
    Other,
}

impl Start {
    fn read(file: &Path) -> Result<Start> {
        let failed = |error| Error::io("read", file, error);
        let mut bytes = Vec::new();
        File::open(file)
            .map_err(failed)?
            .take(2 * SECTOR as u64)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.get(..SECTOR).is_none_or(|sector| !sector.ends_with(&BOOTABLE)) {
            return Ok(Start::Other);
        }
        let header = &bytes[SECTOR..];
        let last = header.get(LAST_SECTOR).and_then(|last| last.try_into().ok());
        Ok(match last.map(u64::from_le_bytes) {
            Some(last) if header.starts_with(SIGNATURE) => {
                Start::Gpt(last.saturating_add(1).saturating_mul(SECTOR as u64))
            }
            _ => Start::Mbr,
        })
    }
}
