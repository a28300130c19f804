//! Images as files for other clouds.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::image::{self, Manifest};
use super::provider::Local;
use super::qemu_img::QemuImg;
use super::{program, space, store};
use crate::cloud::units::GIB;
use crate::report::Watch;
use crate::{Error, Result};

const MIB: u64 = 1 << 20;

/// A file format for images.
struct Format {
    name: &'static str,
    extension: &'static str,
    /// The disk's size must be a multiple of this many bytes.
    multiple_of: u64,
    /// Options of `qemu-img convert`; none: a tar archive for GCE.
    options: Option<&'static [&'static str]>,
    /// Whether the file takes up the whole size of the disk.
    full_size: bool,
}

const FORMATS: [Format; 5] = [
    Format {
        name: "raw",
        extension: "raw",
        multiple_of: MIB,
        options: Some(&["-O", "raw"]),
        full_size: false,
    },
    Format {
        name: "qcow2",
        extension: "qcow2",
        multiple_of: MIB,
        options: Some(&["-O", "qcow2", "-c", "-o", "compression_type=zlib"]),
        full_size: false,
    },
    Format {
        name: "vmdk",
        extension: "vmdk",
        multiple_of: MIB,
        options: Some(&["-O", "vmdk", "-o", "subformat=streamOptimized"]),
        full_size: false,
    },
    // Azure takes a fixed size of whole MiB only:
    // <https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic>
    Format {
        name: "vhd",
        extension: "vhd",
        multiple_of: MIB,
        options: Some(&["-O", "vpc", "-o", "subformat=fixed,force_size=on"]),
        full_size: true,
    },
    Format { name: "gce", extension: "tar.gz", multiple_of: GIB, options: None, full_size: false },
];

impl Local {
    /// `path` is the file to write, or a folder for a file named after the image.
    pub(super) async fn export(
        &self,
        id: &str,
        format: &str,
        path: &str,
        watch: &Watch,
    ) -> Result<Vec<String>> {
        let Some(format) = FORMATS.iter().find(|known| known.name == format) else {
            let known: Vec<&str> = FORMATS.iter().map(|known| known.name).collect();
            return Err(Error::usage(format!("cloud local cannot export images as {format:?}"))
                .hint(format!("choose one of {}", known.join(", "))));
        };
        let qemu_img = self.qemu_img()?;
        let manifest = image::find(&self.store, id)?;
        let target = target(Path::new(path), &manifest, format)?;
        let folder = target.parent().unwrap_or(Path::new("/")).to_owned();
        let needed = if format.full_size { manifest.virtual_size } else { 2 * manifest.size };
        space::require(&folder, needed, "the exported image")?;
        let failed = |error| Error::io("create a folder in", &folder, error);
        // Beside the target, so that the file appears complete or not at all.
        let work = tempfile::Builder::new()
            .prefix(".imgctl-export-")
            .tempdir_in(&folder)
            .map_err(failed)?;
        let file = write(&manifest, format, work.path(), &qemu_img, watch).await?;
        store::move_to(&file, &target)?;
        Ok(vec![target.display().to_string()])
    }
}

fn target(path: &Path, manifest: &Manifest, format: &Format) -> Result<PathBuf> {
    let path = std::path::absolute(path).map_err(|error| Error::io("resolve", path, error))?;
    let path = if path.is_dir() {
        path.join(format!("{}.{}", manifest.name.replace('/', "-"), format.extension))
    } else {
        path
    };
    let folder = path.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        return Err(Error::not_found(format!("folder {} does not exist", folder.display())));
    }
    if path.exists() {
        return Err(Error::usage(format!("{} already exists", path.display()))
            .hint("remove it or choose another name"));
    }
    Ok(path)
}

/// Writes the file in that folder and returns its path.
async fn write(
    manifest: &Manifest,
    format: &Format,
    work: &Path,
    qemu_img: &QemuImg,
    watch: &Watch,
) -> Result<PathBuf> {
    let label = format!("exporting {} as {}", manifest.name, format.name);
    let file = work.join("image");
    let aligned = manifest.virtual_size.next_multiple_of(format.multiple_of);
    if let Some(options) = format.options
        && aligned == manifest.virtual_size
    {
        let options = [&["-f", &manifest.format], options].concat();
        qemu_img.convert(&label, &options, &manifest.path, &file, watch).await?;
        return Ok(file);
    }
    // The name GCE requires:
    // <https://cloud.google.com/compute/docs/import/import-existing-image>
    let raw = work.join("disk.raw");
    let options = ["-f", &manifest.format, "-O", "raw"];
    qemu_img.convert(&label, &options, &manifest.path, &raw, watch).await?;
    let length = std::fs::OpenOptions::new().write(true).open(&raw);
    length
        .and_then(|file| file.set_len(aligned))
        .map_err(|error| Error::io("lengthen", &raw, error))?;
    match format.options {
        Some(options) => {
            let options = [&["-f", "raw"], options].concat();
            qemu_img.convert(&label, &options, &raw, &file, watch).await?;
        }
        None => pack(&label, work, &file, watch).await?,
    }
    store::remove(&raw)?;
    Ok(file)
}

/// A sparse tar archive in the old GNU format, the only one that GCE takes.
async fn pack(label: &str, work: &Path, file: &Path, watch: &Watch) -> Result<()> {
    let _activity = watch.report.activity(label);
    let tar = ["tar", "gtar"]
        .into_iter()
        .find_map(|name| program::find(name, None, "tar").ok())
        .ok_or_else(|| Error::config("tar is not installed").hint("run `sudo apt install tar`"))?;
    let words: [OsString; 8] = [
        "--create".into(),
        "--format=oldgnu".into(),
        "--sparse".into(),
        "--gzip".into(),
        "--file".into(),
        file.into(),
        "--directory".into(),
        work.into(),
    ];
    let words = words.into_iter().chain(["disk.raw".into()]);
    program::run(&tar, words, watch, |_| ()).await.map(drop)
}
