//! The names that an image can have.

use crate::{Error, Result};

/// Fails for a name that `CreateImage` would refuse: see its parameter `Name` in the API reference
/// (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html).
pub fn check(name: &str) -> Result<()> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || " ()[]./-'@_".contains(char);
    if (3..=128).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::config(format!("`{name}` is not a valid image name on EC2")).hint(
        "use 3 to 128 letters, digits, spaces and ()[]./-'@_; the setting `name` is the beginning of \
         the name",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_ec2_refuses_are_refused_beforehand() {
        for name in ["ci agent/debian-12 (x86_64) [a.b] 'c'@d", &"x".repeat(128), "abc"] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in ["", "ab", "agent:debian12", "größe", "a+b", &"x".repeat(129)] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
