//! Where images are stored, and the key that encrypts them there.

use crate::config::gce::Settings;
use crate::{Error, Result};

/// The multi-regions of Cloud KMS, and what Compute Engine calls them.
const MULTI_REGIONS: [(&str, &str); 3] = [("us", "us"), ("europe", "eu"), ("asia", "asia")];

/// The location of a key: `projects/P/locations/L/keyRings/R/cryptoKeys/K`.
fn location_of(key: &str) -> Option<&str> {
    key.split_once("/locations/")?.1.split('/').next().filter(|location| !location.is_empty())
}

/// The only location in which images can be encrypted with this key; None if the key does not tell.
fn of_key(key: &str) -> Option<&str> {
    let location = location_of(key)?;
    let multi = MULTI_REGIONS.iter().find(|(kms, _)| *kms == location);
    match multi {
        Some((_, compute)) => Some(compute),
        // Dual regions (`eur4`) and `global` hold keys for several regions.
        None => location.contains('-').then_some(location),
    }
}

/// Where a new image is stored: as configured, else where its key is; None leaves it to Google.
pub fn of_new(settings: &Settings) -> Option<&str> {
    let key = settings.disk.encryption_key.as_deref();
    settings.storage_location.as_deref().or_else(|| of_key(key?))
}

/// Finds a key that cannot encrypt images at their location: Google would refuse the image after its
/// instance was deleted.
pub fn check(settings: &Settings) -> Result<()> {
    let key = settings.disk.encryption_key.as_deref();
    let (Some(wanted), Some(location)) =
        (settings.storage_location.as_deref(), key.and_then(of_key))
    else {
        return Ok(());
    };
    if wanted == location {
        return Ok(());
    }
    let message = format!(
        "clouds.gce: images stored in {wanted} cannot be encrypted with a key of {location}"
    );
    Err(Error::config(message)
        .hint(format!("set `storage_location: {location}`, or an encryption_key of {wanted}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_where_its_images_are() {
        let key =
            |location: &str| format!("projects/p/locations/{location}/keyRings/r/cryptoKeys/k");
        for (location, stored) in [
            ("europe-west4", Some("europe-west4")),
            ("us", Some("us")),
            ("europe", Some("eu")),
            ("global", None),
            ("eur4", None),
        ] {
            assert_eq!(of_key(&key(location)), stored, "{location}");
        }
        assert_eq!(of_key("k"), None);
    }
}
