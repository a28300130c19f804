//! Names as Google accepts them: <https://cloud.google.com/compute/docs/naming-resources>.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Characters in a name, at most.
const LONGEST: usize = 63;
/// Characters of the token in a unique name.
const SUFFIX: usize = 8;
/// Characters kept at the end of a name that is cut: the date is there.
const END: usize = 16;

/// The last part of an address: the name of the thing it leads to.
pub fn last(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or_default()
}

/// The valid name that is nearest to the wanted one.
pub fn valid(wanted: &str) -> String {
    let whole = shortened(wanted, usize::MAX);
    if whole.len() <= LONGEST {
        return whole;
    }
    let (start, end) = (&whole[..LONGEST - END - 1], &whole[whole.len() - END..]);
    shortened(&format!("{}-{}", start.trim_end_matches('-'), end.trim_matches('-')), LONGEST)
}

/// As [`valid`], and different for each token.
pub fn unique(wanted: &str, token: &str) -> String {
    let suffix: String = token.chars().filter(char::is_ascii_alphanumeric).take(SUFFIX).collect();
    let base = shortened(wanted, LONGEST - 1 - suffix.len());
    format!("{base}-{}", suffix.to_ascii_lowercase())
}

/// Lower-case letters, digits and hyphens; the first is a letter, the last is not a hyphen.
fn shortened(wanted: &str, longest: usize) -> String {
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
    name.truncate(longest);
    name.trim_end_matches('-').replace("i--", "i-")
}

/// Whether Google accepts it as the name of a resource.
pub fn is_name(text: &str) -> bool {
    let allowed = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    text.len() <= LONGEST
        && text.starts_with(|char: char| char.is_ascii_lowercase())
        && text.chars().all(allowed)
        && !text.ends_with('-')
}

/// Whether it has the form of a region or of a multi-region such as `eu`. No list is kept here: new
/// regions open every year.
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
            long.len() <= LONGEST && long.ends_with("-0f8fad5b") && !long.contains("--"),
            "{long}"
        );
        assert_eq!(valid("agent-"), "agent");
        let dated = valid(&format!("{}-20261123-091500", "agent.".repeat(20)));
        assert!(dated.len() <= LONGEST && dated.ends_with("-20261123-091500"), "{dated}");
    }

    #[test]
    fn names_and_locations_are_recognised() {
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
}
