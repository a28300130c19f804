//! What an image may be called.

use crate::{Error, Result};

/// Fails for a name that `CreateImage` would refuse: see its parameter `Name` in the API reference.
pub fn check(name: &str) -> Result<()> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || " ()[]./-'@_".contains(char);
    if (3..=128).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::config(format!("EC2 takes no image called `{name}`")).hint(
        "3 to 128 letters, digits, spaces and ()[]./-'@_ are allowed: `name` in the settings is its \
         beginning",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ec2_refuses_is_known_beforehand() {
        for name in ["ci agent/debian-12 (x86_64) [a.b] 'c'@d", &"x".repeat(128), "abc"] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in ["", "ab", "agent:debian12", "größe", "a+b", &"x".repeat(129)] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
