//! The keys of the document: its sections, and the settings that may stand in them.

use super::bake::{self, Bake};
use super::hosts::Host;
use super::images::Images;
use super::limits::Limits;
use super::manifest::{self, Manifest};
use super::matrix::Matrix;
use super::publish::{self, Dictionary, OnPublished, Publish, PullRequest};
use super::settings::{Common, Ssh};
use super::{ci_image, hosts, misfit};

pub use super::clouds::{CLOUDS, CloudSchema, cloud, cloud_names};

/// Settings that are replaced as a whole: half of one base image's query means nothing in another's.
pub const WHOLE: &[&str] = &["base"];

/// The top level of the document.
pub const SECTIONS: &[&str] = &[
    "defaults",
    "ssh",
    "limits",
    "images",
    bake::KEY,
    "matrix",
    manifest::KEY,
    publish::KEY,
    "clouds",
    ci_image::KEY,
    ci_image::PROFILES,
    hosts::KEY,
    VARS,
    CUSTOM,
];

/// The section of the user's own values, and the key under `defaults`, a cloud, a region, a distribution or a
/// host.
pub const VARS: &str = "vars";

/// What that section was called when it could stand at the top only.
pub const CUSTOM: &str = "custom";

/// The keys that every cloud has.
pub fn common_fields() -> &'static [&'static str] {
    misfit::fields::<Common>()
}

/// Whether a key is a setting of some cloud or a part of the structure, whose value is shown with an
/// error.
pub fn is_setting(key: &str) -> bool {
    const STRUCTURE: [&str; 5] = ["cloud", "region", "distribution", "regions", "distributions"];
    SECTIONS.contains(&key)
        || STRUCTURE.contains(&key)
        || cloud(key).is_some()
        || common_fields().contains(&key)
        || ci_image::is_setting(key)
        || misfit::fields::<Ssh>().contains(&key)
        || misfit::fields::<Host>().contains(&key)
        || misfit::fields::<Limits>().contains(&key)
        || misfit::fields::<Bake>().contains(&key)
        || misfit::fields::<Images>().contains(&key)
        || misfit::fields::<Matrix>().contains(&key)
        || misfit::fields::<Manifest>().contains(&key)
        || is_of_publish(key)
        || CLOUDS.iter().any(|cloud| (cloud.fields)().contains(&key))
}

fn is_of_publish(key: &str) -> bool {
    [
        misfit::fields::<Publish>(),
        misfit::fields::<Dictionary>(),
        misfit::fields::<PullRequest>(),
        misfit::fields::<OnPublished>(),
    ]
    .iter()
    // Its value is a secret.
    .any(|fields| fields.contains(&key) && key != "secret" && key != "webhook")
}
