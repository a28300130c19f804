//! Shielded VM: the settings of an instance, and what they ask of its base image.

use serde_json::{Map, Value, json};

use crate::config::gce::Settings;
use crate::{Error, Result};

/// The feature of images that boot with the firmware of Shielded VM:
/// <https://cloud.google.com/compute/docs/images/create-custom#guest-os-features>.
const FEATURE: &str = "UEFI_COMPATIBLE";

/// The part of a request; what is not set is left to Google and the image.
pub fn config(settings: &Settings) -> Option<Value> {
    let set = [
        ("enableSecureBoot", settings.secure_boot),
        ("enableVtpm", settings.vtpm),
        ("enableIntegrityMonitoring", settings.integrity_monitoring),
    ];
    let set = set.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?))));
    let set: Map<_, _> = set.collect();
    (!set.is_empty()).then_some(Value::Object(set))
}

/// The first setting that is switched on and needs the firmware.
fn wanted(settings: &Settings) -> Option<&'static str> {
    let all = [
        ("secure_boot", settings.secure_boot),
        ("vtpm", settings.vtpm),
        ("integrity_monitoring", settings.integrity_monitoring),
    ];
    all.into_iter().find(|(_, value)| *value == Some(true)).map(|(name, _)| name)
}

/// Finds settings that exclude each other.
pub fn check(settings: &Settings) -> Result<()> {
    if settings.vtpm == Some(false) && settings.integrity_monitoring == Some(true) {
        let message = "clouds.gce.integrity_monitoring needs the virtual TPM, and vtpm is false";
        return Err(Error::config(message).hint("set `vtpm: true`, or omit it"));
    }
    Ok(())
}

/// Google would refuse an image without the firmware only when the instance is requested.
pub fn check_base(settings: &Settings, found: &Value, project: &str) -> Result<()> {
    let Some(setting) = wanted(settings) else { return Ok(()) };
    let mut features = found["guestOsFeatures"].as_array().into_iter().flatten();
    if features.any(|feature| feature["type"] == FEATURE) {
        return Ok(());
    }
    let name = found["name"].as_str().unwrap_or_default();
    let message = format!("the base image {project}/{name} does not support Shielded VM");
    Err(Error::config(message)
        .cause(format!("it lacks the feature {FEATURE}, which `{setting}` needs"))
        .hint(format!("choose a newer base image, or omit `{setting}`")))
}
