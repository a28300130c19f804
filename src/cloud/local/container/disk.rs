//! The disk of a container: a raw copy of the base, as large as asked for. That of a cached base is
//! prepared once and then copied.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::path::Path;

use super::partition;
use super::unsuitable::unsuitable;
use crate::cloud::local::disk::{RAW, Root};
use crate::cloud::local::program;
use crate::cloud::local::qemu_img::QemuImg;
use crate::cloud::local::store::{self, Store};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// What the disk is made from.
pub struct Source<'a> {
    /// The id of the base or image.
    pub id: &'a str,
    pub file: &'a Path,
    /// `qcow2` or `raw`.
    pub format: &'a str,
    /// The size of the disk, in bytes.
    pub size: u64,
}

/// Makes the disk in the instance's folder, and returns its root partition.
///
/// # Errors
/// `Capability` if a container cannot boot from this base.
pub async fn make(
    source: &Source<'_>,
    folder: &Path,
    store: &Store,
    qemu_img: &QemuImg,
    watch: &Watch,
) -> Result<Root> {
    let disk = folder.join(RAW);
    if !store.bases().join(format!("{}.json", source.id)).exists() {
        prepare(source, &disk, qemu_img, watch).await?;
        return partition::root(&disk);
    }
    let name = format!("{}-{}M", source.id, source.size >> 20);
    let cached = store.bases().join(format!("{name}.raw"));
    if !store::is_made(&cached)? {
        let lock = store.bases().join(format!("{name}.lock"));
        let what = format!("another imgctl to prepare base image {}", source.id);
        let _lock = store::lock(&lock, &what, watch).await?;
        if !store::is_made(&cached)? {
            let part = store.bases().join(format!("{name}.part"));
            store::remove(&part)?;
            let prepared = prepare(source, &part, qemu_img, watch).await;
            if prepared.is_err() {
                store::remove(&part)?;
            }
            prepared?;
            store::move_to(&part, &cached)?;
        }
    }
    let words: [OsString; 4] =
        ["--reflink=auto".into(), "--sparse=always".into(), cached.into(), disk.clone().into()];
    program::run(&program::find("cp", None, "coreutils")?, words, watch, |_| ()).await?;
    partition::root(&disk)
}

/// Copies the source and grows the copy.
async fn prepare(
    source: &Source<'_>,
    disk: &Path,
    qemu_img: &QemuImg,
    watch: &Watch,
) -> Result<()> {
    let options = ["-f", source.format, "-O", "raw"];
    qemu_img.convert("copying the base image", &options, source.file, disk, watch).await?;
    let root = partition::root(disk)?;
    check(disk, root, watch).await?;
    let failed = |error| Error::io("lengthen", disk, error);
    let file = OpenOptions::new().write(true).open(disk).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let grown = partition::grown(disk, source.size)?;
    // resize2fs cuts a file that is longer than the file system will be.
    if grown.size > length {
        grow(disk, grown, watch).await?;
        file.set_len(source.size).map_err(failed)?;
        partition::write(disk, grown)?;
    }
    Ok(())
}

/// Grows the file system. While it is mounted that would need a capability which root may lack.
async fn grow(disk: &Path, root: Root, watch: &Watch) -> Result<()> {
    let file = at(disk, root);
    let e2fsck = program::find("e2fsck", None, "e2fsprogs")?;
    let words = ["-fp".into(), file.clone()];
    program::run(&e2fsck, words, watch, |_| ()).await?;
    let resize2fs = program::find("resize2fs", None, "e2fsprogs")?;
    let words = [file, format!("{}K", root.size >> 10).into()];
    program::run(&resize2fs, words, watch, |_| ()).await.map(drop)
}

/// A file system in a disk, as e2fsprogs names it.
fn at(disk: &Path, root: Root) -> OsString {
    let mut file = disk.as_os_str().to_owned();
    file.push(format!("?offset={}", root.offset));
    file
}

/// Where systemd is: in its place since /lib is a link to /usr/lib, and before that.
const SYSTEMD: [&str; 2] = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];

/// Checks that systemd is on the root partition, whose file system must be ext4.
async fn check(disk: &Path, root: Root, watch: &Watch) -> Result<()> {
    let debugfs = program::find("debugfs", None, "e2fsprogs")?;
    for file in SYSTEMD {
        let words = ["-R".into(), format!("stat {file}").into(), at(disk, root)];
        let mut said = String::new();
        let ended = program::run(&debugfs, words, watch, |line| said.push_str(line)).await;
        match ended {
            Err(error) if error.code() == Code::Interrupted => return Err(error),
            // It exits with 0 when there is no such file, too, and has no code for that.
            Ok(_) if said.contains("Type: regular") => return Ok(()),
            Ok(_) if said.contains("not found") => {}
            _ => return Err(unsuitable("its root file system is not ext4")),
        }
    }
    Err(unsuitable(format!("it is no Linux with systemd: {} is missing", SYSTEMD.join(" or "))))
}
