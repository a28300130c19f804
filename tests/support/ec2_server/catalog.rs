//! The vendors' public images: `amis.json`, as on moto's server.

use serde_json::Value;

use super::images::Image;
use super::timeline::Timeline;

pub fn images(region: &str) -> Vec<Image> {
    let all: Value = serde_json::from_str(include_str!("../amis.json")).unwrap();
    let mut images: Vec<Image> = all.as_array().unwrap().iter().map(image).collect();
    if region != "us-west-2" {
        // An image exists in one region only.
        images.iter_mut().for_each(|image| image.id = image.id.replace("ami-0", "ami-f"));
    }
    images
}

fn image(value: &Value) -> Image {
    let text = |key: &str| value[key].as_str().unwrap().to_owned();
    let state = if text("state") == "available" { "available" } else { "pending" };
    Image {
        id: text("ami_id"),
        name: text("name"),
        description: text("description"),
        owner: text("owner_id"),
        architecture: text("architecture"),
        virtualization: text("virtualization_type"),
        device: text("root_device_name"),
        created: text("creation_date"),
        life: Timeline::always(state),
        public: true,
        size: 8,
        ..Image::default()
    }
}
