//! What nova takes as metadata, known before anything is made for it.

use crate::cloud::Tags;
use crate::{Error, Result};

/// Characters, for names, keys and values alike.
const LONGEST: usize = 255;

/// What an image has under these names is glance's or nova's own: nova puts the tags of an image beside
/// them, and glance refuses the image when all the work for it is done, or the tag takes the place of
/// something that is needed.
const TAKEN: [&str; 33] = [
    "bdm_v2",
    "block_device_mapping",
    "checksum",
    "container_format",
    "created_at",
    "deleted",
    "deleted_at",
    "description",
    "direct_url",
    "disk_format",
    "file",
    "id",
    "image_type",
    "location",
    "locations",
    "mappings",
    "min_disk",
    "min_ram",
    "name",
    "os_hidden",
    "owner",
    "owner_id",
    "protected",
    "root_device_name",
    "schema",
    "self",
    "size",
    "status",
    "stores",
    "tags",
    "updated_at",
    "virtual_size",
    "visibility",
];
const TAKEN_BEGINNINGS: [&str; 2] = ["os_hash_", "os_glance_"];

/// The settings' tags, which a server and its image carry.
pub fn check(tags: &Tags) -> Result<()> {
    for (key, value) in tags {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_:. ".contains(c);
        if key.is_empty() || key.chars().count() > LONGEST || !key.chars().all(allowed) {
            return Err(Error::config(format!("nova takes no tag called `{key}`")).hint(format!(
                "letters, digits, spaces and - _ : . are allowed, up to {LONGEST}"
            )));
        }
        let is_taken = TAKEN_BEGINNINGS.iter().any(|begins| key.starts_with(begins));
        if is_taken || TAKEN.contains(&key.as_str()) {
            return Err(Error::config(format!(
                "no tag can be called `{key}`: images have something else under this name"
            ))
            .hint(format!("choose another name, such as team-{}", key.replace('_', "-"))));
        }
        check_length(&format!("the value of tag {key}"), value)?;
    }
    Ok(())
}

/// `what` is the subject of the sentence.
pub fn check_length(what: &str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if length <= LONGEST {
        return Ok(());
    }
    let message = format!("{what} has {length} characters, and nova takes {LONGEST}");
    Err(Error::config(message).hint("make it shorter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(key: &str, value: &str) -> Tags {
        Tags::from([(key.to_owned(), value.to_owned())])
    }

    #[test]
    fn what_nova_refuses_is_known_beforehand() {
        assert!(check(&tags("cost centre: 7.a_b-c", &"ä".repeat(255))).is_ok());
        for key in ["", "team/x", "größe", &"x".repeat(256)] {
            assert!(check(&tags(key, "")).is_err(), "{key}");
        }
        for key in ["owner", "size", "description", "os_glance_stage", "block_device_mapping"] {
            let error = check(&tags(key, "ci-team")).unwrap_err();
            assert!(error.hint_text().unwrap().contains("team-"), "{key}: {error}");
        }
        assert!(
            check(&tags("Owner's team", "")).is_err() && check(&tags("team-owner", "")).is_ok()
        );
        let error = check(&tags("team", &"x".repeat(256))).unwrap_err();
        assert!(error.to_string().contains("tag team has 256"), "{error}");
    }
}
