//! Images: what they are, which ones, and for whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Tags;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageState {
    Pending,
    Available,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: String,
    pub name: String,
    pub state: ImageState,
    pub description: String,
    /// RFC 3339, UTC.
    pub created: String,
    /// Bytes the image takes up where it is stored, if the cloud says.
    pub size: Option<u64>,
    pub architecture: Option<String>,
    pub tags: Tags,
    /// RFC 3339, UTC: from when on it is no longer offered to others, if it was told so.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// What the provider needs to start it: the root device's name and size, say.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// Which images to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageScope {
    /// Those that carry [`RUN_TAG`].
    Ours,
    /// All that belong to the account or project.
    Own,
}

/// Where to copy an image to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyTarget {
    pub region: String,
    /// The key to encrypt the copy with, as the target region knows it. None: as the source is.
    pub encryption_key: Option<String>,
}

/// Whom to share an image with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Accounts, projects or members, as the cloud names them.
    pub accounts: Vec<String>,
    /// Organisations and parts of them, where the cloud knows such.
    pub organizations: Vec<String>,
}

/// What to call a new image.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImageSpec {
    /// As [`Cloud::image_name`] gave it.
    pub name: String,
    pub description: String,
    pub tags: Tags,
    /// Snapshot without stopping first, where the cloud can.
    pub no_stop: bool,
}
