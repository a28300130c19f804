//! Images as rows of a table, and as records for programs.

use crate::cloud::{Image, ImageState};

/// An image for programs: sizes are bytes.
#[must_use]
pub fn record(image: &Image) -> serde_json::Map<String, serde_json::Value> {
    let state = serde_json::to_value(image.state).unwrap_or_default();
    let text = |text: &str| serde_json::Value::from(text);
    let fields = [
        ("id", text(&image.id)),
        ("name", text(&image.name)),
        ("created", text(&image.created)),
        ("state", state),
        ("size", image.size.into()),
        ("architecture", image.architecture.clone().into()),
        ("deprecated", image.deprecated.clone().into()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// The columns of [`row`].
pub const HEADERS: &[&str] = &["id", "name", "created", "state", "size"];

/// An image as a line of `list_images`.
#[must_use]
pub fn row(image: &Image) -> Vec<String> {
    let state = match image.state {
        ImageState::Pending => "pending".to_owned(),
        ImageState::Available => available(image.deprecated.as_deref()),
        ImageState::Failed => "failed".to_owned(),
    };
    let size = image.size.map(|bytes| bytesize::ByteSize(bytes).display().iec().to_string());
    vec![
        image.id.clone(),
        image.name.clone(),
        image.created.clone(),
        state,
        size.unwrap_or_default(),
    ]
}

/// `since`: the moment from which it is no longer offered.
fn available(since: Option<&str>) -> String {
    match since.map(|since| (since, since.parse::<jiff::Timestamp>())) {
        None => "available".to_owned(),
        Some((_, Ok(since))) if since <= jiff::Timestamp::now() => "deprecated".to_owned(),
        Some((since, _)) => {
            format!("available until {}", since.split('T').next().unwrap_or(since))
        }
    }
}
