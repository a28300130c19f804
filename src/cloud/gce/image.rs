//! Images as the API describes them.

use jiff::Timestamp;
use serde_json::Value;

use super::tags::tags;
use crate::cloud::{Image, ImageState, units};

/// The path in an address of the API: `projects/P/global/images/NAME`. A path stays as it is.
pub fn path_of(address: &str) -> &str {
    if address.starts_with("projects/") {
        return address;
    }
    // With the slash before it: the id of a project may end with `projects`.
    address.find("/projects/").map_or(address, |at| &address[at + 1..])
}

/// The id is the name, which is unique in the project.
pub fn image(found: &Value) -> Image {
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| found[key].as_str().and_then(|digits| digits.parse::<u64>().ok());
    let state = match found["status"].as_str().unwrap_or_default() {
        "READY" => ImageState::Available,
        "FAILED" => ImageState::Failed,
        _ => ImageState::Pending,
    };
    let architecture = match found["architecture"].as_str() {
        Some("X86_64") => Some("x86_64".to_owned()),
        Some("ARM64") => Some("aarch64".to_owned()),
        _ => None,
    };
    Image {
        id: text("name"),
        name: text("name"),
        state,
        description: text("description"),
        created: units::utc(&text("creationTimestamp")),
        size: number("archiveSizeBytes"),
        architecture,
        tags: tags(&found["labels"]),
        deprecated: deprecated(found),
        attributes: [("path".to_owned(), path_of(&text("selfLink")).to_owned())].into(),
    }
}

/// When it was made, for comparisons. The text would not do: it has an offset.
pub fn created(found: &Value) -> Option<Timestamp> {
    found["creationTimestamp"].as_str()?.parse().ok()
}

/// From when on it is no longer offered.
fn deprecated(found: &Value) -> Option<String> {
    let status = &found["deprecated"];
    let date = status["deprecated"].as_str().filter(|date| !date.is_empty());
    match (date, offer(found)) {
        (Some(date), _) => Some(units::utc(date)),
        (None, Offer::Offered) => None,
        // Deprecated without a date.
        (None, _) => found["creationTimestamp"].as_str().map(units::utc),
    }
}

/// The deprecation state of an image, the best one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offer {
    Offered,
    /// No longer offered; instances can still be started from it.
    Deprecated,
    /// Obsolete or deleted: no instance can be started from it.
    Withdrawn,
}

pub fn offer(found: &Value) -> Offer {
    match found["deprecated"]["state"].as_str().unwrap_or_default() {
        "" | "ACTIVE" => Offer::Offered,
        "DEPRECATED" => Offer::Deprecated,
        _ => Offer::Withdrawn,
    }
}
