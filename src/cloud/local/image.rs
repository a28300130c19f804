//! Images and bases: a qcow2 file and a manifest beside it. The image exists once its manifest does.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::store::{self, Store};
use crate::cloud::{Image, ImageState, Tags};
use crate::config::local::Handover;
use crate::error::nearest;
use crate::{Code, Error, Result};

/// The version of [`Manifest`] this program writes, and the newest it reads.
pub const VERSION: u32 = 1;

/// The description of a disk image.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub version: u32,
    pub id: String,
    pub name: String,
    pub description: String,
    /// RFC 3339, UTC.
    pub created: String,
    /// Bytes on this machine.
    pub size: u64,
    /// Bytes of the disk that a guest sees.
    pub virtual_size: u64,
    pub architecture: String,
    pub handover: Handover,
    /// Whether its boot loader can start the kernel without an initial RAM disk.
    pub quick_boot: bool,
    pub path: PathBuf,
    /// `qcow2` or `raw`.
    pub format: String,
    /// What it was made from, for a person to read.
    pub source: String,
    /// The role and token of the ledger; empty for bases.
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub token: String,
    pub tags: Tags,
}

impl Manifest {
    pub fn load(folder: &Path, id: &str) -> Result<Option<Manifest>> {
        if id.is_empty() || id.contains('/') || id.starts_with('.') {
            return Ok(None);
        }
        let path = folder.join(format!("{id}.json"));
        let manifest: Option<Manifest> = store::read_json(&path)?;
        if let Some(Manifest { version, .. }) = &manifest
            && *version > VERSION
        {
            let message = format!("{} was written by a newer imgctl", path.display());
            return Err(Error::new(Code::State, message).hint("install that version of imgctl"));
        }
        // The folder may have been moved with its images; a file named by the user is elsewhere.
        Ok(manifest.map(|mut manifest| {
            let beside = folder.join(format!("{id}.qcow2"));
            if beside.exists() {
                manifest.path = beside;
            }
            manifest
        }))
    }

    pub fn save(&self, folder: &Path) -> Result<()> {
        let path = folder.join(format!("{}.json", self.id));
        store::write_json(&path, self)?;
        // Without it there is no such image.
        store::sync_folder(&path)
    }

    pub fn image(&self) -> Image {
        Image {
            id: self.id.clone(),
            name: self.name.clone(),
            state: ImageState::Available,
            description: self.description.clone(),
            created: self.created.clone(),
            size: Some(self.size),
            architecture: Some(self.architecture.clone()),
            tags: self.tags.clone(),
            deprecated: None,
            attributes: Tags::from([("file".to_owned(), self.path.display().to_string())]),
        }
    }
}

/// Every image made by imgctl, oldest first.
pub fn all(store: &Store) -> Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for name in store::names(&store.images())? {
        if let Some(id) = name.strip_suffix(".json") {
            manifests.extend(Manifest::load(&store.images(), id)?);
        }
    }
    manifests.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
    Ok(manifests)
}

/// The image of that id, else the newest of that name.
pub fn find(store: &Store, wanted: &str) -> Result<Manifest> {
    if let Some(manifest) = Manifest::load(&store.images(), wanted)? {
        return Ok(manifest);
    }
    let mut manifests = all(store)?;
    if let Some(at) = manifests.iter().rposition(|manifest| manifest.name == wanted) {
        return Ok(manifests.swap_remove(at));
    }
    Err(missing(wanted, &manifests))
}

/// An image or a base, by its id.
pub fn by_id(store: &Store, id: &str) -> Result<Manifest> {
    match Manifest::load(&store.bases(), id)? {
        Some(manifest) => Ok(manifest),
        None => find(store, id),
    }
}

/// The error for an image that is not found, with the nearest names.
fn missing(wanted: &str, manifests: &[Manifest]) -> Error {
    let error = Error::not_found(format!("cloud local has no image {wanted:?}"));
    let known = manifests.iter().flat_map(|manifest| [manifest.id.as_str(), &manifest.name]);
    if let Some(name) = nearest(wanted, known) {
        return error.hint(format!("did you mean {name:?}?"));
    }
    let newest: Vec<String> = manifests
        .iter()
        .rev()
        .take(5)
        .map(|manifest| format!("{} ({})", manifest.name, manifest.id))
        .collect();
    if newest.is_empty() {
        return error.hint("run `imgctl create_image` to make the first one");
    }
    error.hint(format!("choose one of the newest: {}", newest.join(", ")))
}
