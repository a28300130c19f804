//! Whose region a name is, by its form: a list of regions for several clouds is divided by it.

/// `us-west-2`, `us-gov-east-1`.
pub fn is_of_ec2(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let [first, middle @ .., number] = &parts[..] else { return false };
    is_word(first)
        && !middle.is_empty()
        && middle.iter().all(|part| is_word(part))
        && is_number(number)
}

/// `us-central1`, and the zone `us-central1-a`.
pub fn is_of_gce(name: &str) -> bool {
    let mut parts = name.split('-');
    let area = parts.next().is_some_and(is_word);
    let place = parts.next().is_some_and(|part| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        is_word(word) && word.len() < part.len()
    });
    let zone = parts.next().is_none_or(|zone| zone.len() == 1 && is_word(zone));
    area && place && zone && parts.next().is_none()
}

/// `DFW`.
pub fn is_of_rackspace(name: &str) -> bool {
    name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_a_form() {
        for (name, forms) in [
            ("us-west-2", [true, false, false]),
            ("us-gov-east-1", [true, false, false]),
            ("us-central1", [false, true, false]),
            ("europe-west3-b", [false, true, false]),
            ("DFW", [false, false, true]),
            ("RegionOne", [false, false, false]),
            ("us", [false, false, false]),
            ("", [false, false, false]),
        ] {
            assert_eq!([is_of_ec2(name), is_of_gce(name), is_of_rackspace(name)], forms, "{name}");
        }
    }
}
