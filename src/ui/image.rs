//! Images as events tell of them.

use serde::Serialize;

/// An image that was made, copied or deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Image {
    pub id: String,
    pub name: String,
    pub cloud: String,
    /// Empty on clouds without regions.
    pub region: String,
    /// What the instance was started from of which it was made. None: nobody knows any more.
    pub base: Option<BaseImage>,
}

/// The image that an instance started from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BaseImage {
    pub id: String,
    pub name: String,
}

/// The image that was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CopySource {
    pub id: String,
    pub region: String,
}
