//! Names and labels as the cloud wants them.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::cloud::Tags;
use crate::{Error, Result};

/// Characters a name may have.
const MOST: usize = 63;
/// Characters of the token in a name of our making.
const SUFFIX: usize = 8;

/// The last part of an address: the name of what it leads to.
pub fn last(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or_default()
}

/// Characters at the end of a long name that are kept: there is its date.
const END: usize = 16;

/// A valid name that is as near to the wanted one as can be.
pub fn valid(wanted: &str) -> String {
    let whole = shortened(wanted, usize::MAX);
    if whole.len() <= MOST {
        return whole;
    }
    let (start, end) = (&whole[..MOST - END - 1], &whole[whole.len() - END..]);
    shortened(&format!("{}-{}", start.trim_end_matches('-'), end.trim_matches('-')), MOST)
}

/// As [`valid`], and another one for each token.
pub fn unique(wanted: &str, token: &str) -> String {
    let suffix: String = token.chars().filter(char::is_ascii_alphanumeric).take(SUFFIX).collect();
    let base = shortened(wanted, MOST - 1 - suffix.len());
    format!("{base}-{}", suffix.to_ascii_lowercase())
}

/// Lower-case letters, digits and hyphens; begins with a letter, ends with no hyphen.
fn shortened(wanted: &str, most: usize) -> String {
    let mut name = String::new();
    for char in wanted.chars() {
        let char = char.to_ascii_lowercase();
        if char.is_ascii_lowercase() || char.is_ascii_digit() {
            name.push(char);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    if !name.starts_with(|char: char| char.is_ascii_lowercase()) {
        name.insert_str(0, "i-");
    }
    name.truncate(most);
    name.trim_end_matches('-').replace("i--", "i-")
}

/// Whether the cloud would take it as the name of something.
pub fn is_name(text: &str) -> bool {
    let allowed = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    text.len() <= MOST
        && text.starts_with(|char: char| char.is_ascii_lowercase())
        && text.chars().all(allowed)
        && !text.ends_with('-')
}

/// A region (no zone), or a part of the world. Which ones there are changes.
pub fn is_location(text: &str) -> bool {
    let ends = text.rsplit_once('-').map(|(_, end)| end);
    is_name(text) && ends.is_none_or(|end| end.ends_with(|char: char| char.is_ascii_digit()))
}

/// The id of a request, which must be a UUID: the same for the same token.
pub fn request_id(token: &str) -> String {
    let id = Uuid::try_parse(token).ok().filter(|id| !id.is_nil());
    id.unwrap_or_else(|| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Sha256::digest(token.as_bytes())[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    })
    .to_string()
}

/// Tags as labels; one that the cloud would refuse is an error.
pub fn labels(tags: &Tags) -> Result<Value> {
    let allowed =
        |char: char| char.is_lowercase() || char.is_numeric() || char == '-' || char == '_';
    let mut labels = Map::new();
    for (key, value) in tags {
        let fits = |text: &str| text.chars().count() <= MOST && text.chars().all(allowed);
        let begins = key.starts_with(char::is_lowercase);
        if !begins || !fits(key) || !fits(value) {
            let message = format!("the tag `{key}: {value}` cannot be a label of gce");
            return Err(Error::config(message).hint(
                "labels have lower-case letters, digits, - and _, 63 at the most, and their keys \
                 begin with a letter: set `tags` for clouds.gce",
            ));
        }
        labels.insert(key.clone(), json!(value));
    }
    Ok(Value::Object(labels))
}

/// Labels as tags.
pub fn tags(labels: &Value) -> Tags {
    let labels = labels.as_object().into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0f8fad5bd9cb469fa16570867728950e";

    #[test]
    fn names_are_valid_short_and_differ_by_token() {
        assert_eq!(unique("imgctl-debian12", TOKEN), "imgctl-debian12-0f8fad5b");
        assert_eq!(unique("CI agent_1", TOKEN), "ci-agent-1-0f8fad5b");
        assert_eq!(unique("2.agent", TOKEN), "i-2-agent-0f8fad5b");
        assert_eq!(unique("äöü", TOKEN), "i-0f8fad5b");
        let long = unique(&"a.".repeat(80), TOKEN);
        assert!(
            long.len() <= MOST && long.ends_with("-0f8fad5b") && !long.contains("--"),
            "{long}"
        );
        assert_eq!(valid("agent-"), "agent");
        let dated = valid(&format!("{}-20261123-091500", "agent.".repeat(20)));
        assert!(dated.len() <= MOST && dated.ends_with("-20261123-091500"), "{dated}");
    }

    #[test]
    fn names_and_locations_are_as_the_cloud_takes_them() {
        for (text, name, location) in [
            ("ci-agent", true, false),
            ("europe-west4", true, true),
            ("eu", true, true),
            ("us-central1-a", true, false),
            ("CI", false, false),
            ("1a", false, false),
            ("a-", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_name(text), is_location(text)), (name, location), "{text}");
        }
    }

    #[test]
    fn a_request_id_is_a_uuid_and_stays_the_same() {
        assert_eq!(request_id(TOKEN), "0f8fad5b-d9cb-469f-a165-70867728950e");
        let other = request_id("no-uuid");
        assert!(Uuid::try_parse(&other).is_ok() && other == request_id("no-uuid"));
    }

    #[test]
    fn a_tag_that_is_no_label_is_refused() {
        let tags = |key: &str, value: &str| Tags::from([(key.to_owned(), value.to_owned())]);
        assert!(labels(&tags("team", "infra_1")).is_ok());
        for (key, value) in [("Team", "a"), ("team", "A b"), ("1", "a")] {
            assert!(labels(&tags(key, value)).is_err(), "{key}: {value}");
        }
    }
}
