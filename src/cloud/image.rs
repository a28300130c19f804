//! Images: their properties, and where and with whom to share them.

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
    /// Bytes of storage used by the image, if the cloud reports them.
    pub size: Option<u64>,
    pub architecture: Option<String>,
    pub tags: Tags,
    /// RFC 3339, UTC: the date from which it is deprecated, if one is set.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// What the provider needs to start it, such as the root device's name and size.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// Which images to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageScope {
    /// Those with [`RUN_TAG`](super::RUN_TAG).
    Ours,
    /// All that belong to the account or project.
    Own,
}

/// Where to copy an image to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyTarget {
    pub region: String,
    /// The key to encrypt the copy with, as the target region names it. None: like the source.
    pub encryption_key: Option<String>,
}

/// Whom to share an image with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Accounts, projects or members, as the cloud names them.
    pub accounts: Vec<String>,
    /// Organisations and their units, on clouds that have them.
    pub organizations: Vec<String>,
}

/// The name and properties of a new image.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImageSpec {
    /// As returned by [`Cloud::image_name`](super::Cloud::image_name).
    pub name: String,
    pub description: String,
    pub tags: Tags,
    /// Make the image without stopping the instance first, if the cloud can.
    pub no_stop: bool,
}
