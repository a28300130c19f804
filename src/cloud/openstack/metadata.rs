//! What nova accepts as metadata, checked before anything is created.

use crate::cloud::Tags;
use crate::{Error, Result};

/// The longest name, key and value, in characters.
const LONGEST: usize = 255;

/// Names that glance and nova use for an image's own properties. Nova stores the tags of an image beside
/// them: a tag of that name makes glance refuse the image after all the work for it is done, or replaces
/// something that is needed.
const RESERVED: [&str; 33] = [
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
const RESERVED_PREFIXES: [&str; 2] = ["os_hash_", "os_glance_"];

/// Checks the tags of the settings, which servers, volumes and images carry.
///
/// # Errors
/// `Config` for a tag that nova or glance would refuse.
pub fn check(tags: &Tags) -> Result<()> {
    for (key, value) in tags {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_:. ".contains(c);
        if key.is_empty() || key.chars().count() > LONGEST || !key.chars().all(allowed) {
            return Err(Error::config(format!("nova does not allow a tag named `{key}`")).hint(
                format!("use letters, digits, spaces and - _ : . only, up to {LONGEST} characters"),
            ));
        }
        let is_reserved = RESERVED_PREFIXES.iter().any(|prefix| key.starts_with(prefix));
        if is_reserved || RESERVED.contains(&key.as_str()) {
            return Err(Error::config(format!(
                "`{key}` cannot be a tag: OpenStack reserves that name for images"
            ))
            .hint(format!("choose another name, such as team-{}", key.replace('_', "-"))));
        }
        check_length(&format!("the value of tag {key}"), value)?;
    }
    Ok(())
}

/// Checks the length of a name or value; `what` names it in the error.
///
/// # Errors
/// `Config` if it is too long.
pub fn check_length(what: &str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if length <= LONGEST {
        return Ok(());
    }
    let message = format!("{what} has {length} characters, and nova allows {LONGEST}");
    Err(Error::config(message).hint("shorten it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(key: &str, value: &str) -> Tags {
        Tags::from([(key.to_owned(), value.to_owned())])
    }

    #[test]
    fn tags_that_nova_would_refuse_are_refused() {
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
