//! Images: their attributes, which of them to list, and the volume snapshots behind them.

use serde_json::Value;

use crate::cloud::units::GIB;
use crate::cloud::{Image, ImageState};

/// Keys of [`Image::attributes`].
pub const STATUS: &str = "status";
pub const OWNER: &str = "owner";
pub const VISIBILITY: &str = "visibility";
/// The least size of a server's disk, in GiB.
pub const MIN_DISK: &str = "min_disk";
/// The size of the disk in the image, in bytes.
pub const VIRTUAL_SIZE: &str = "virtual_size";
/// The block devices of a server with volumes, as JSON; each names a volume snapshot.
pub const BLOCK_DEVICES: &str = "block_device_mapping";
/// `true` if the image may not be deleted.
pub const PROTECTED: &str = "protected";
/// Percent done, while the image is being made.
pub const PROGRESS: &str = "progress";

/// Which images to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub name: Option<String>,
    /// Only images of this project, hidden ones included.
    pub owner: Option<String>,
    /// Only images of this visibility. `community` images are in no other list.
    pub visibility: Option<String>,
}

/// The meaning of a status of glance or of nova's image proxy.
#[must_use]
pub fn state(status: &str) -> ImageState {
    match status.to_lowercase().as_str() {
        "active" => ImageState::Available,
        "queued" | "saving" | "uploading" | "importing" => ImageState::Pending,
        _ => ImageState::Failed,
    }
}

/// The image's status as the service reports it; empty if it reports none.
#[must_use]
pub fn status(image: &Image) -> &str {
    image.attributes.get(STATUS).map_or("", String::as_str)
}

/// The block devices of the server that the image was made of.
fn devices(image: &Image) -> Vec<Value> {
    let devices = image.attributes.get(BLOCK_DEVICES);
    devices.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn snapshot_of(device: &Value) -> Option<String> {
    device["snapshot_id"].as_str().map(str::to_owned)
}

/// The ids of the volume snapshots that hold the image's data; empty if the image itself does.
#[must_use]
pub fn snapshots(image: &Image) -> Vec<String> {
    devices(image).iter().filter_map(snapshot_of).collect()
}

/// The snapshot of the boot volume. None: the image holds its own data.
#[must_use]
pub fn boot_snapshot(image: &Image) -> Option<String> {
    let boots = |device: &&Value| device["boot_index"] == 0 || device["boot_index"] == "0";
    devices(image).iter().find(boots).and_then(snapshot_of)
}

/// The size of an image of a server with volumes, in bytes: glance knows none, but nova notes the size
/// of each volume beside its snapshot, in GiB.
#[must_use]
pub fn size_of_snapshots(block_devices: &str) -> Option<u64> {
    let devices: Vec<Value> = serde_json::from_str(block_devices).ok()?;
    let with_data = devices.iter().filter(|device| snapshot_of(device).is_some());
    let sizes: Vec<u64> = with_data.filter_map(|device| device["volume_size"].as_u64()).collect();
    let gib = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
    (!sizes.is_empty()).then(|| gib.saturating_mul(GIB))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snapshots_behind_an_image_are_read_from_its_block_devices() {
        let mut image = crate::cloud::user_data::example::launch(None).image;
        assert_eq!((snapshots(&image), boot_snapshot(&image)), (Vec::new(), None));
        let devices = r#"[{"snapshot_id": "data", "boot_index": null},
            {"snapshot_id": "root", "boot_index": 0}, {"image_id": null}]"#;
        image.attributes.insert(BLOCK_DEVICES.into(), devices.into());
        assert_eq!(snapshots(&image), ["data", "root"]);
        assert_eq!(boot_snapshot(&image).unwrap(), "root");
        assert_eq!(size_of_snapshots(devices), None, "nobody says");
        let devices = r#"[{"snapshot_id": "data", "volume_size": 7},
            {"snapshot_id": "root", "volume_size": 5}, {"volume_size": 1}]"#;
        assert_eq!(size_of_snapshots(devices), Some(12 << 30));
    }
}
