//! Images: glance, or what nova passes on of it where a cloud's images are reached that way only.

mod glance;
mod proxy;

use crate::cloud::{Image, ImageState};
use crate::report::Watch;
use crate::{Error, Result};

use super::client::Client;

/// Keys of [`Image::attributes`].
pub const STATUS: &str = "status";
pub const OWNER: &str = "owner";
pub const VISIBILITY: &str = "visibility";
/// GiB that a disk must have.
pub const MIN_DISK: &str = "min_disk";
/// Bytes of the disk in it.
pub const VIRTUAL_SIZE: &str = "virtual_size";
/// The volumes' snapshots that it stands for, as JSON.
pub const BLOCK_DEVICES: &str = "block_device_mapping";
/// `true` for one that may not be deleted.
pub const PROTECTED: &str = "protected";
/// Percent done, while it is made.
pub const PROGRESS: &str = "progress";

/// By which service images are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    Glance,
    /// `/images` of the compute service.
    ComputeProxy,
}

/// Which images to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub name: Option<String>,
    /// Those of this project only, the hidden ones too.
    pub owner: Option<String>,
    /// Of this visibility only; `community` are those that no other list shows.
    pub visibility: Option<String>,
}

impl Images {
    /// Sorted by time of making, oldest first.
    pub async fn list(self, client: &Client, query: &Query, watch: &Watch) -> Result<Vec<Image>> {
        let mut images = match self {
            Images::Glance => glance::list(client, query, watch).await?,
            Images::ComputeProxy => proxy::list(client, query, watch).await?,
        };
        images.sort_by(|one, other| (&one.created, &one.name).cmp(&(&other.created, &other.name)));
        Ok(images)
    }

    pub async fn get(self, client: &Client, id: &str, watch: &Watch) -> Result<Option<Image>> {
        match self {
            Images::Glance => glance::get(client, id, watch).await,
            Images::ComputeProxy => proxy::get(client, id, watch).await,
        }
    }

    /// False: it was gone already.
    pub async fn delete(self, client: &Client, id: &str, watch: &Watch) -> Result<bool> {
        match self {
            Images::Glance => glance::delete(client, id, watch).await,
            Images::ComputeProxy => proxy::delete(client, id, watch).await,
        }
    }

    /// Takes properties away from an image.
    pub async fn forget(
        self,
        client: &Client,
        id: &str,
        keys: &[&str],
        watch: &Watch,
    ) -> Result<()> {
        match self {
            Images::Glance => glance::forget(client, id, keys, watch).await,
            Images::ComputeProxy => proxy::forget(client, id, keys, watch).await,
        }
    }

    /// As [`Images::get`], for an image that must be there.
    pub async fn need(self, client: &Client, id: &str, watch: &Watch) -> Result<Image> {
        let found = self.get(client, id, watch).await?;
        found.ok_or_else(|| {
            Error::not_found(format!("there is no image {id}"))
                .hint("`imgctl list_images:all=true` shows those of the project")
        })
    }
}

pub use glance::{add_member, hide};

/// For an address.
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// What a status of either service means.
fn state(status: &str) -> ImageState {
    match status.to_lowercase().as_str() {
        "active" => ImageState::Available,
        "queued" | "saving" | "uploading" | "importing" => ImageState::Pending,
        _ => ImageState::Failed,
    }
}
